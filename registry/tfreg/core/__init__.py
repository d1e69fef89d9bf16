"""What tfreg knows about models: pure values and functions over bytes.

Nothing here opens a socket, a database or TensorFlow; files are read through `files.FileTree`. Data flows from `formats` (bytes to
`inspections.Inspection`) to `resolving` (inspection and graph to `bindings.Binding`).
"""
