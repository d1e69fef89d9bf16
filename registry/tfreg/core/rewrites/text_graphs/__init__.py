"""A GraphDef in text form, written from its binary form without holding either in memory."""
