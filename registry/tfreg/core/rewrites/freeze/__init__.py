"""The parts of freezing: what each handle stands for, where its value is, and how the nodes that take it are rewritten."""
