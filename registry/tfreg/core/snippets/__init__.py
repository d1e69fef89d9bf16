"""Bindings as the lines of a program: what `tfreg resolve -o java` and `-o python` print."""

from tfreg.core.snippets.java_session import java
from tfreg.core.snippets.python_session import python

__all__ = ["java", "python"]
