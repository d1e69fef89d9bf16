package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.PushOptions;
import dev.tfreg.testing.TfregRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FollowMemoryTest {
  private static final String MODEL = "team/large";
  private static final int MODEL_MIB = 8;

  /** Ninety models that are not freed would be {@code 90 * 8} MiB, and more with their graphs. */
  private static final long MAX_GROWTH_MIB = 300;

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  @Test
  @EnabledOnOs(OS.LINUX) // whose kernel tells what a process occupies
  void aHundredSwapsLeaveNothingBehind(@TempDir Path folder) throws Exception {
    push(ScalingModel.by(2), folder, "prod");
    push(ScalingModel.by(3), folder);
    Map<String, Long> told = runHundredSwaps(folder.resolve("cache"));
    assertEquals(100, told.get("swaps"));
    assertEquals(1, told.get("usable"));
    assertTrue(told.get("growth") < MAX_GROWTH_MIB, "grew by MiB: " + told.get("growth"));
  }

  private static void push(ScalingModel model, Path folder, String... aliases) {
    Path path = model.ofSizeBytes(MODEL_MIB << 20).write(folder.resolve("model"));
    registry.client().push(PushOptions.builder(path, MODEL).aliases(aliases).build());
  }

  private static Map<String, Long> runHundredSwaps(Path cache)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", // what Java has not yet collected is no leak
                "-cp",
                System.getProperty("java.class.path"),
                HundredSwaps.class.getName(),
                registry.address(),
                cache.toString(),
                MODEL)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), printed);
    Map<String, Long> told = new HashMap<>();
    for (String line : printed.lines().toArray(String[]::new)) {
      List<String> words = List.of(line.split(" ", -1));
      told.put(words.get(0), Long.parseLong(words.get(1)));
    }
    return told;
  }
}
