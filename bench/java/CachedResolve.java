package dev.tfreg.bench;

import com.sun.management.ThreadMXBean;
import dev.tfreg.client.Binding;
import dev.tfreg.client.ResolveOptions;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.WatchedBindings;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A resolve that the watch answers, beside the lookup of the same binding in a map. */
final class CachedResolve {
  private static final int TIMES = 1_000_000;
  private static final int NUMBER = 16;

  private CachedResolve() {}

  /** Arguments: address, rounds, a model that has the aliases a0 to a15. */
  public static void main(String[] arguments) throws Exception {
    String[] references = new String[NUMBER];
    try (TfregClient client = TfregClient.connect(arguments[0]);
        WatchedBindings watched = client.watched()) {
      ResolveOptions[] options = new ResolveOptions[references.length];
      Map<String, Binding> map = new ConcurrentHashMap<>();
      for (int index = 0; index < NUMBER; index++) {
        references[index] = arguments[2] + "@a" + index;
        options[index] = ResolveOptions.builder(references[index]).build();
        map.put(references[index], watched.resolve(options[index]));
      }
      Turns.Load byMap = times -> lookUp(map, references, times);
      Turns.Load byReference = times -> resolve(watched, references, times);
      Turns.Load byOptions = times -> resolve(watched, options, times);
      int rounds = Integer.parseInt(arguments[1]);
      Turns.tell(
          Map.of(
              "micros", Turns.micros(rounds, TIMES, 3 * TIMES, byMap, byReference, byOptions),
              "bytes_by_reference", allocatedBytes(byReference),
              "bytes_by_options", allocatedBytes(byOptions)));
    }
  }

  // A loop for each way: one loop for all would be compiled for none of them.

  private static void lookUp(Map<String, Binding> map, String[] references, int times) {
    for (int time = 0; time < times; time++) {
      check(map.get(references[time % NUMBER]));
    }
  }

  private static void resolve(WatchedBindings watched, String[] references, int times) {
    for (int time = 0; time < times; time++) {
      check(watched.resolve(references[time % NUMBER]));
    }
  }

  private static void resolve(WatchedBindings watched, ResolveOptions[] options, int times) {
    for (int time = 0; time < times; time++) {
      check(watched.resolve(options[time % NUMBER]));
    }
  }

  private static void check(Binding found) {
    if (found.version() != 1) {
      throw new IllegalStateException("another version: " + found.version());
    }
  }

  /** Returns how many bytes of the heap one time takes, in this thread. */
  private static double allocatedBytes(Turns.Load load) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    load.run(TIMES);
    return (threads.getThreadAllocatedBytes(thread) - before) / (double) TIMES;
  }
}
