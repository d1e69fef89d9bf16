package dev.tfreg.tensorflow;

import dev.tfreg.client.PushOptions;
import dev.tfreg.testing.TfregRegistry;
import java.nio.file.Path;
import java.util.Locale;

/** The models that all tests of this project share. */
final class Fixtures {
  private static final Path MODELS =
      Path.of("").toAbsolutePath().resolve("../../../tests/fixtures/models").normalize();

  private Fixtures() {}

  static Path path(String name) {
    return MODELS.resolve(name);
  }

  /** Pushes a fixture as a model of its own name. */
  static String push(TfregRegistry registry, String name) {
    String model = "fixtures/" + name.toLowerCase(Locale.ROOT);
    registry.client().push(PushOptions.builder(path(name), model).build());
    return model;
  }
}
