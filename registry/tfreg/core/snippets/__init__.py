"""Bindings as the lines of a program: what `tfreg resolve -o java` and `-o python` print, for the runtime that loads the format."""

from tfreg.core.bindings import Binding
from tfreg.core.snippets import java_session, keras_model, python_session, tflite_java, tflite_python

__all__ = ["java", "python"]


def java(binding: Binding) -> str:
    """Returns Java statements that run the model once; comments that say what to do where Java cannot."""
    if binding.format == "tflite":
        return tflite_java.java(binding)
    return keras_model.java(binding) if binding.format in keras_model.FORMATS else java_session.java(binding)


def python(binding: Binding) -> str:
    """Returns Python statements that load the model from `path` and run it once."""
    if binding.format == "tflite":
        return tflite_python.python(binding)
    return keras_model.python(binding) if binding.format in keras_model.FORMATS else python_session.python(binding)
