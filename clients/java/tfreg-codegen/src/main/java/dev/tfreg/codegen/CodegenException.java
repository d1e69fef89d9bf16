package dev.tfreg.codegen;

/**
 * Why nothing was generated, or no lock file read or written. Its message ends with the next step.
 */
public final class CodegenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one without a cause. */
  public CodegenException(String message) {
    super(message);
  }

  /** Makes one with a cause. */
  public CodegenException(String message, Throwable cause) {
    super(message, cause);
  }
}
