package dev.tfreg.client;

import dev.tfreg.v1.ArtifactServiceGrpc;
import dev.tfreg.v1.InspectRequest;
import dev.tfreg.v1.ListNodesRequest;
import dev.tfreg.v1.ListNodesResponse;
import dev.tfreg.v1.ListTensorsRequest;
import dev.tfreg.v1.ListTensorsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Calls of ArtifactService about what an artifact holds. */
final class Inspections {
  private static final int PAGE_SIZE = 1000;

  private final Calls calls;
  private final ArtifactServiceGrpc.ArtifactServiceBlockingStub stub;

  Inspections(Calls calls) {
    this.calls = calls;
    this.stub = ArtifactServiceGrpc.newBlockingStub(calls.channel());
  }

  Inspection inspect(InspectOptions options) {
    InspectRequest request =
        InspectRequest.newBuilder()
            .setReference(options.reference())
            .addAllFormats(options.formats())
            .build();
    return InspectionMessages.inspection(calls.read(stub, ready -> ready.inspect(request)));
  }

  List<NodeInfo> nodes(ListNodesOptions options) {
    List<NodeInfo> nodes = new ArrayList<>();
    ListNodesRequest.Builder request =
        ListNodesRequest.newBuilder()
            .setReference(options.reference())
            .addAllFormats(options.formats())
            .addAllTags(options.tags())
            .addAllOps(options.ops())
            .setPrefix(options.prefix())
            .setWithFunctions(options.withFunctions())
            .setPageSize(PAGE_SIZE);
    do {
      ListNodesResponse page = calls.read(stub, ready -> ready.listNodes(request.build()));
      page.getNodesList().forEach(node -> nodes.add(node(node)));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return List.copyOf(nodes);
  }

  List<StoredTensor> tensors(ListTensorsOptions options) {
    List<StoredTensor> tensors = new ArrayList<>();
    ListTensorsRequest.Builder request =
        ListTensorsRequest.newBuilder()
            .setReference(options.reference())
            .addAllFormats(options.formats())
            .setPrefix(options.prefix())
            .setWithDigests(options.withDigests())
            // With digests a large page could take longer than a call may.
            .setPageSize(options.withDigests() ? 0 : PAGE_SIZE);
    do {
      ListTensorsResponse page = calls.read(stub, ready -> ready.listTensors(request.build()));
      page.getTensorsList().forEach(tensor -> tensors.add(tensor(tensor)));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return List.copyOf(tensors);
  }

  private static NodeInfo node(dev.tfreg.v1.Node message) {
    return NodeInfo.builder()
        .name(message.getName())
        .op(message.getOp())
        .inputs(List.copyOf(message.getInputsList()))
        .device(message.getDevice())
        .function(message.getFunction())
        .outputs(BindingMessages.tensors(message.getOutputsList()))
        .attributes(Map.copyOf(message.getAttributesMap()))
        .build();
  }

  private static StoredTensor tensor(dev.tfreg.v1.StoredTensor message) {
    StoredTensor.Builder tensor =
        StoredTensor.builder()
            .name(message.getName())
            .path(message.getPath())
            .dtype(message.getDtype())
            .shape(BindingMessages.shape(message.getShape()))
            .file(message.getFile())
            .offsetBytes(message.getOffsetBytes())
            .sizeBytes(message.getSizeBytes())
            .storedAs(message.getStoredAs())
            .digest(message.getDigest())
            .constant(message.getConstant());
    if (message.hasTrainable()) {
      tensor.trainable(message.getTrainable());
    }
    if (message.hasPart()) {
      tensor.part(
          StoredTensor.Part.of(
              message.getPart().getName(),
              BindingMessages.shape(message.getPart().getShape()),
              message.getPart().getBeginList()));
    }
    if (message.hasQuantization()) {
      tensor.quantization(BindingMessages.quantization(message.getQuantization()));
    }
    return tensor.build();
  }
}
