package dev.tfreg.client;

import java.util.ArrayList;
import java.util.List;

/**
 * What a program was written against: the inputs and outputs of one signature. Generated classes
 * hold one each and compare it with the model that they are given, so that a changed model is told
 * when it is loaded and not by a wrong result.
 */
public final class SignatureContract {
  private final String signature;
  private final String fingerprint;
  private final List<Tensor> inputs;
  private final List<Tensor> outputs;

  private SignatureContract(Builder builder) {
    this.signature = builder.signature;
    this.fingerprint = builder.fingerprint;
    this.inputs = List.copyOf(builder.inputs);
    this.outputs = List.copyOf(builder.outputs);
  }

  /**
   * Starts a contract.
   *
   * @param signature the signature's key
   * @param fingerprint {@link Binding#signatureFingerprint} of the model that it was written for
   */
  public static Builder builder(String signature, String fingerprint) {
    return new Builder(signature, fingerprint);
  }

  /** The signature's key. */
  public String signature() {
    return signature;
  }

  /** The fingerprint that it was written for. */
  public String fingerprint() {
    return fingerprint;
  }

  /** The inputs. */
  public List<Tensor> inputs() {
    return inputs;
  }

  /** The outputs. */
  public List<Tensor> outputs() {
    return outputs;
  }

  /**
   * Compares a binding with this. Equal fingerprints are equal; else each input and output is
   * compared, and what does not break a caller (a further output, a further optional input, a shape
   * that allows more) passes.
   *
   * @throws TfregException INTERFACE_CHANGED; the message says what changed and what to do
   */
  public void check(Binding binding) {
    SignatureCheck.check(this, binding);
  }

  /** One input or output. */
  public static final class Tensor {
    private final String key;
    private final String dtype;
    private final Shape shape;
    private final String encoding;

    Tensor(String key, String dtype, Shape shape, String encoding) {
      this.key = key;
      this.dtype = dtype;
      this.shape = shape;
      this.encoding = encoding;
    }

    /** The key. */
    public String key() {
      return key;
    }

    /** The dtype, such as {@code float32}. */
    public String dtype() {
      return dtype;
    }

    /** The shape; null if the model did not say. */
    public Shape shape() {
      return shape;
    }

    /** How it is composed of tensors, such as {@code sparse}; empty: it is one tensor. */
    public String encoding() {
      return encoding;
    }
  }

  /** Builds a {@link SignatureContract}. */
  public static final class Builder {
    private final String signature;
    private final String fingerprint;
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();

    private Builder(String signature, String fingerprint) {
      this.signature = signature;
      this.fingerprint = fingerprint;
    }

    /** Adds an input. {@code shape} as {@link Shape#toString} writes it; empty: not known. */
    public Builder input(String key, String dtype, String shape) {
      return input(key, dtype, shape, "");
    }

    /** Adds an input that is composed of tensors; {@link TensorSpec#encoding} says how. */
    public Builder input(String key, String dtype, String shape, String encoding) {
      inputs.add(new Tensor(key, dtype, SignatureCheck.shape(shape), encoding));
      return this;
    }

    /** Adds an output. {@code shape} as {@link Shape#toString} writes it; empty: not known. */
    public Builder output(String key, String dtype, String shape) {
      return output(key, dtype, shape, "");
    }

    /** Adds an output that is composed of tensors; {@link TensorSpec#encoding} says how. */
    public Builder output(String key, String dtype, String shape, String encoding) {
      outputs.add(new Tensor(key, dtype, SignatureCheck.shape(shape), encoding));
      return this;
    }

    /** Returns the contract. */
    public SignatureContract build() {
      return new SignatureContract(this);
    }
  }
}
