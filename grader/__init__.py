"""Grades calls and chats: a conversation goes in, a grade that a person can check comes out."""
