"""Push: hash, ask what the server lacks, send that, commit. All of it at once, and none of it held in memory."""
