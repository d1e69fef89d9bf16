package dev.tfreg.codegen;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** A place in a lock file, which knows its path for messages. */
record LockNode(String file, String path, JsonElement element) {
  /** Refuses members that this version of the file does not have. */
  void only(String... names) {
    for (String name : object().keySet()) {
      if (!List.of(names).contains(name)) {
        throw wrong("has the key '" + name + "'; known are " + String.join(", ", names));
      }
    }
  }

  boolean has(String name) {
    return object().has(name);
  }

  String text(String name) {
    LockNode node = member(name);
    if (node.element instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw node.wrong("is " + node.kind() + ", not a text");
  }

  long number(String name) {
    return member(name).number();
  }

  List<LockNode> list(String name) {
    LockNode node = member(name);
    if (!node.element.isJsonArray()) {
      throw node.wrong("is " + node.kind() + ", not a list");
    }
    List<LockNode> items = new ArrayList<>();
    for (JsonElement item : node.element.getAsJsonArray()) {
      items.add(new LockNode(file, node.path + "[" + items.size() + "]", item));
    }
    return items;
  }

  LockedShape shape(String name) {
    if (member(name).element instanceof JsonPrimitive primitive
        && primitive.isString()
        && primitive.getAsString().equals("unknown")) {
      return LockedShape.ofUnknownRank();
    }
    return LockedShape.of(
        list(name).stream()
            .map(dim -> dim.element.isJsonNull() ? LockedShape.UNKNOWN : dim.number())
            .toList());
  }

  CodegenException wrong(String what) {
    String place = path.isEmpty() ? "the file" : path;
    return new CodegenException(
        String.format(
            "%s is not a lock file: %s %s. Write it anew by `tfreg lock`.", file, place, what));
  }

  private long number() {
    if (element instanceof JsonPrimitive primitive && primitive.isNumber()) {
      try {
        long value = new BigDecimal(primitive.getAsString()).longValueExact();
        if (value >= 0) {
          return value;
        }
      } catch (ArithmeticException notWhole) {
        // Told below, with what is there.
      }
      throw wrong("is " + primitive.getAsString() + ", not a whole number from 0 on");
    }
    throw wrong("is " + kind() + ", not a whole number");
  }

  private LockNode member(String name) {
    JsonElement value = object().get(name);
    if (value == null) {
      throw wrong("has no '" + name + "'");
    }
    return new LockNode(file, path.isEmpty() ? name : path + "." + name, value);
  }

  private JsonObject object() {
    if (!element.isJsonObject()) {
      throw wrong("is " + kind() + ", not an object");
    }
    return element.getAsJsonObject();
  }

  private String kind() {
    if (element instanceof JsonPrimitive primitive) {
      return primitive.isString() ? "a text" : primitive.isNumber() ? "a number" : "true or false";
    }
    return element.isJsonNull() ? "null" : element.isJsonArray() ? "a list" : "an object";
  }
}
