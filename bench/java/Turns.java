package dev.tfreg.bench;

import com.google.gson.Gson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Several ways of doing the same, in turn, so that a slow moment of the machine meets all. */
final class Turns {
  private Turns() {}

  /** Does something so many times. */
  interface Load {
    void run(int times) throws Exception;
  }

  /**
   * Returns for each round the microseconds that one time took, by each way.
   *
   * @param warmUpTimes how often each is done before, so that all is compiled: code that is called
   *     through many layers takes tens of thousands of calls
   */
  static List<double[]> micros(int rounds, int times, int warmUpTimes, Load... ways)
      throws Exception {
    List<double[]> measured = new ArrayList<>();
    for (int round = -(warmUpTimes / times); round < rounds; round++) {
      double[] micros = new double[ways.length];
      for (int way = 0; way < ways.length; way++) {
        long start = System.nanoTime();
        ways[way].run(times);
        micros[way] = (System.nanoTime() - start) / 1e3 / times;
      }
      if (round >= 0) {
        measured.add(micros);
      }
    }
    return measured;
  }

  /** Tells Python what was found. */
  static void tell(Map<String, ?> found) {
    System.out.println(new Gson().toJson(new TreeMap<>(found)));
  }
}
