package dev.tfreg.tensorflow;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Tensor;

/** Tensors that were made for one run, to be freed after it. */
final class TensorHolder implements AutoCloseable {
  private final List<Tensor> tensors = new ArrayList<>(4);

  <T extends Tensor> T add(T tensor) {
    tensors.add(tensor);
    return tensor;
  }

  @Override
  public void close() {
    for (Tensor tensor : tensors) {
      tensor.close();
    }
    tensors.clear();
  }
}
