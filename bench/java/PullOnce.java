package dev.tfreg.bench;

import dev.tfreg.client.TfregClient;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One pull into the cache: its time, and how far the heap grew beyond what it was before. */
final class PullOnce {
  private PullOnce() {}

  /** Arguments: address, cache folder, reference. */
  public static void main(String[] arguments) {
    try (TfregClient client =
        TfregClient.builder(arguments[0]).cacheDir(Path.of(arguments[1])).build()) {
      client.capabilities();
      System.gc();
      long before = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      heap().forEach(MemoryPoolMXBean::resetPeakUsage);
      long start = System.nanoTime();
      client.pull(arguments[2]);
      double seconds = (System.nanoTime() - start) / 1e9;
      // The pools need not have been fullest at the same moment: it is no more than this.
      long peak = heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
      Turns.tell(Map.of("wall_s", seconds, "heap_growth_mb", (peak - before) / 1e6));
    }
  }

  private static List<MemoryPoolMXBean> heap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .collect(Collectors.toList());
  }
}
