"""Telling subscribers what happened: signed, tried again over days, never lost (standardwebhooks.com)."""
