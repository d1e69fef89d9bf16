"""The plain values of stored tensors, whatever form their files keep them in, in pieces and never whole in memory."""
