package dev.tfreg.examples.digits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** Held-back images and their labels, in the plain files that examples/digits/README.md describes. */
final class Samples {
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  private final long[] shape;
  private final float[] images;
  private final int[] labels;

  private Samples(long[] shape, float[] images, int[] labels) {
    this.shape = shape;
    this.images = images;
    this.labels = labels;
  }

  static Samples read(Path folder) throws IOException {
    long[] shape =
        NUMBER
            .matcher(Files.readString(folder.resolve("shape.json")))
            .results()
            .mapToLong(number -> Long.parseLong(number.group()))
            .toArray();
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("images.f32")));
    float[] images = new float[bytes.remaining() / Float.BYTES];
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(images);
    int[] labels =
        Files.readAllLines(folder.resolve("labels.txt")).stream()
            .mapToInt(Integer::parseInt)
            .toArray();
    return new Samples(shape, images, labels);
  }

  /** The images, of the shape [count, rows, columns, channels]; close it. */
  TFloat32 tensor() {
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(images));
  }

  /** The digit that each image shows. */
  int[] labels() {
    return labels.clone();
  }
}
