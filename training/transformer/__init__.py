"""Fine-tuning any Hugging Face encoder for the turn labels, and exporting it to ONNX."""
