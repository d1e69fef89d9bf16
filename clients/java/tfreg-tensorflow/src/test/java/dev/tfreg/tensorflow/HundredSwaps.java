package dev.tfreg.tensorflow;

import dev.tfreg.client.AliasMove;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Follows an alias over a hundred moves between two versions, in a process of its own. Prints how
 * many old versions are still usable, and how many MiB the process grew over the last ninety.
 */
final class HundredSwaps {
  private static final int SWAPS = 100;
  private static final int WARM_UP = 10;

  private final BlockingQueue<Long> swapped = new LinkedBlockingQueue<>();
  private final List<Generation> old = new ArrayList<>();

  private HundredSwaps() {}

  /** Arguments: address, cache folder, model. */
  public static void main(String[] arguments) throws Exception {
    Path cache = Path.of(arguments[1]);
    try (TfregClient client = TfregClient.builder(arguments[0]).cacheDir(cache).build()) {
      new HundredSwaps().run(client, arguments[2]);
    }
  }

  private void run(TfregClient client, String model) throws Exception {
    FollowListener listener =
        new FollowListener() {
          @Override
          public void swapped(LoadedModel before, LoadedModel after) {
            swapped.add(after.version());
          }
        };
    FollowOptions options =
        FollowOptions.builder().listener(listener).example(Map.of("x", new float[] {1})).build();
    long growthMib = 0;
    try (SwappableModel loaded = (SwappableModel) TfregModels.load(client, model + "@prod")) {
      Follower following = (Follower) loaded.follow(options);
      for (int swap = 1; swap <= SWAPS; swap++) {
        move(client, model, loaded);
        if (swap == WARM_UP) {
          growthMib -= residentMib();
        }
      }
      growthMib += residentMib();
      System.out.println("swaps " + following.swaps());
      System.out.println("usable " + (countUsable() + (isUsable(loaded.current()) ? 1 : 0)));
      following.close();
      following.awaitEnd(Duration.ofSeconds(60));
    }
    System.out.println("growth " + growthMib);
  }

  private void move(TfregClient client, String model, SwappableModel loaded)
      throws InterruptedException {
    old.add(loaded.current());
    long next = 3 - loaded.loaded().version();
    client.setAliases(model, List.of(AliasMove.to("prod", next)));
    Long reached = swapped.poll(60, TimeUnit.SECONDS);
    if (reached == null || reached != next) {
      throw new IllegalStateException("waited for version " + next + ", it was " + reached);
    }
  }

  private long countUsable() {
    return old.stream().filter(HundredSwaps::isUsable).count();
  }

  private static boolean isUsable(Generation generation) {
    try {
      generation.run(null, Map.of("x", new float[] {1}), null).close();
      return true;
    } catch (TfregException closed) {
      return false;
    }
  }

  /** What the process occupies, as Linux counts it. */
  private static long residentMib() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
