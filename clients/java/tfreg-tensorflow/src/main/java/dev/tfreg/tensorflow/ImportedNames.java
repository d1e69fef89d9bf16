package dev.tfreg.tensorflow;

import com.google.protobuf.ByteString;
import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The names of operations after the import of a graph. TensorFlow Java takes every operation whose
 * name begins with {@code Init} for an initialiser and runs it before the first run, a placeholder
 * {@code InitialState} or a layer {@code Initial/conv} too. So these get another name here, but for
 * {@code Init} itself, which is TensorFlow Java's own.
 */
final class ImportedNames {
  private static final String TAKEN = "Init";
  private static final String PREFIX = "tfreg/";

  private final boolean renamed;

  private ImportedNames(boolean renamed) {
    this.renamed = renamed;
  }

  static ImportedNames of(GraphDef graph) {
    return new ImportedNames(
        graph.getNodeList().stream().anyMatch(node -> isTaken(node.getName())));
  }

  private static boolean isTaken(String name) {
    return name.startsWith(TAKEN) && name.length() > TAKEN.length();
  }

  /** Returns the name that an operation of the artifact has in the imported graph. */
  String imported(String name) {
    return renamed && isTaken(name) ? PREFIX + name : name;
  }

  /** Returns the graph with the names that it is to be imported with. */
  GraphDef rename(GraphDef graph) {
    if (!renamed) {
      return graph;
    }
    GraphDef.Builder result = graph.toBuilder();
    for (NodeDef.Builder node : result.getNodeBuilderList()) {
      node.setName(imported(node.getName()));
      for (int index = 0; index < node.getInputCount(); index++) {
        node.setInput(index, input(node.getInput(index)));
      }
      AttrValue colocated = node.getAttrMap().get("_class");
      if (colocated != null) {
        node.putAttr("_class", colocated(colocated));
      }
    }
    return result.build();
  }

  private String input(String written) {
    if (written.startsWith("^")) {
      return "^" + imported(written.substring(1));
    }
    int colon = written.indexOf(':');
    return colon < 0
        ? imported(written)
        : imported(written.substring(0, colon)) + written.substring(colon);
  }

  private AttrValue colocated(AttrValue value) {
    AttrValue.Builder result = value.toBuilder();
    String loc = "loc:@";
    AttrValue.ListValue.Builder list = result.getListBuilder();
    List<ByteString> names = List.copyOf(list.getSList());
    list.clearS();
    for (ByteString name : names) {
      String text = name.toStringUtf8();
      list.addS(
          text.startsWith(loc)
              ? ByteString.copyFromUtf8(loc + imported(text.substring(loc.length())))
              : name);
    }
    return result.build();
  }
}
