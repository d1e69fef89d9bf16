package dev.tfreg.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The command line. */
record Arguments(String lock, String packageName, String out, List<String> models, boolean help) {
  static final String USAGE =
      "Usage: --lock tfreg.lock --package com.acme --out DIR [--model REFERENCE]...";

  private static final List<String> OPTIONS = List.of("--lock", "--package", "--out", "--model");

  static Arguments parse(List<String> args) {
    if (args.contains("--help") || args.contains("-h")) {
      return new Arguments("", "", "", List.of(), true);
    }
    Map<String, String> given = new HashMap<>();
    List<String> models = new ArrayList<>();
    for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
      String option = rest.next();
      String value = value(option, rest);
      if (option.equals("--model")) {
        models.add(value);
      } else if (given.put(option, value) != null) {
        throw new CodegenException(option + " is given twice. " + USAGE);
      }
    }
    return new Arguments(
        needed(given, "--lock"),
        needed(given, "--package"),
        needed(given, "--out"),
        List.copyOf(models),
        false);
  }

  private static String value(String option, Iterator<String> rest) {
    if (!OPTIONS.contains(option)) {
      throw new CodegenException("There is no option " + option + ". " + USAGE);
    }
    if (!rest.hasNext()) {
      throw new CodegenException(option + " needs a value. " + USAGE);
    }
    return rest.next();
  }

  private static String needed(Map<String, String> given, String option) {
    String value = given.get(option);
    if (value == null) {
      throw new CodegenException(option + " is missing. " + USAGE);
    }
    return value;
  }
}
