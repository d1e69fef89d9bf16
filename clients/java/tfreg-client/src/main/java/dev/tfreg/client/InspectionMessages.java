package dev.tfreg.client;

import dev.tfreg.v1.Argument;
import dev.tfreg.v1.InspectResponse;
import dev.tfreg.v1.Signature;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Makes values of the messages of inspections. */
final class InspectionMessages {
  private InspectionMessages() {}

  static Inspection inspection(InspectResponse response) {
    dev.tfreg.v1.Inspection message = response.getInspection();
    Inspection.Builder inspection =
        Inspection.builder()
            .model(response.getModel())
            .version(response.getVersion())
            .artifactDigest(response.getArtifact().getDigest())
            .format(message.getFormat())
            .metaGraphs(each(message.getMetaGraphsList(), InspectionMessages::metaGraph))
            .functions(each(message.getFunctionsList(), InspectionMessages::function))
            .subgraphs(each(message.getSubgraphsList(), InspectionMessages::subgraph))
            .tensorCount(message.getTensorCount())
            .tensorSizeBytes(message.getTensorSizeBytes())
            .facts(Map.copyOf(message.getFactsMap()))
            .problems(BindingMessages.diagnostics(message.getProblemsList()))
            .fingerprints(fingerprints(message.getFingerprints()))
            .inspectorVersion(message.getInspectorVersion());
    if (message.hasKeras()) {
      inspection.keras(keras(message.getKeras()));
    }
    return inspection.build();
  }

  static List<SignatureInfo> signatures(List<Signature> messages) {
    return each(messages, InspectionMessages::signature);
  }

  private static SignatureInfo signature(Signature message) {
    return SignatureInfo.builder()
        .key(message.getKey())
        .methodName(message.getMethodName())
        .inputs(BindingMessages.tensors(message.getInputsList()))
        .outputs(BindingMessages.tensors(message.getOutputsList()))
        .internal(message.getInternal())
        .declared(message.getDeclared())
        .build();
  }

  private static MetaGraph metaGraph(dev.tfreg.v1.MetaGraph message) {
    MetaGraph.Builder metaGraph =
        MetaGraph.builder()
            .tags(List.copyOf(message.getTagsList()))
            .signatures(signatures(message.getSignaturesList()))
            .ops(List.copyOf(message.getOpsList()))
            .tensorflowVersion(message.getTensorflowVersion())
            .producer(message.getProducer())
            .nodeCount(message.getNodeCount())
            .functionCount(message.getFunctionCount())
            .assets(each(message.getAssetsList(), InspectionMessages::asset))
            .targets(BindingMessages.targets(message.getTargets()));
    if (message.hasSaver()) {
      metaGraph.saver(saver(message.getSaver()));
    }
    return metaGraph.build();
  }

  private static Asset asset(dev.tfreg.v1.Asset message) {
    return Asset.builder()
        .fileName(message.getFileName())
        .ref(BindingMessages.ref(message.getRef()))
        .build();
  }

  private static Saver saver(dev.tfreg.v1.Saver message) {
    Saver.Builder saver =
        Saver.builder()
            .filename(BindingMessages.ref(message.getFilename()))
            .restoreOperation(message.getRestoreOperation())
            .version(message.getVersion())
            .sharded(message.getSharded());
    if (message.hasSaveTensor()) {
      saver.saveTensor(BindingMessages.ref(message.getSaveTensor()));
    }
    return saver.build();
  }

  private static CallableFunction function(dev.tfreg.v1.CallableFunction message) {
    return CallableFunction.builder()
        .name(message.getName())
        .concreteFunctions(each(message.getConcreteFunctionsList(), InspectionMessages::concrete))
        .build();
  }

  private static ConcreteFunction concrete(dev.tfreg.v1.ConcreteFunction message) {
    return ConcreteFunction.builder()
        .name(message.getName())
        .arguments(each(message.getArgumentsList(), InspectionMessages::argument))
        .keywordArguments(each(message.getKeywordArgumentsList(), InspectionMessages::argument))
        .build();
  }

  private static String argument(Argument message) {
    return message.getName().isEmpty()
        ? message.getValue()
        : message.getName() + ": " + message.getValue();
  }

  private static Subgraph subgraph(dev.tfreg.v1.Subgraph message) {
    return Subgraph.builder()
        .name(message.getName())
        .inputs(BindingMessages.tensors(message.getInputsList()))
        .outputs(BindingMessages.tensors(message.getOutputsList()))
        .operatorCount(message.getOperatorCount())
        .tensorCount(message.getTensorCount())
        .build();
  }

  private static Fingerprints fingerprints(dev.tfreg.v1.Fingerprints message) {
    return Fingerprints.builder()
        .model(message.getModel())
        .program(message.getProgram())
        .weights(message.getWeights())
        .interfaces(message.getInterface())
        .build();
  }

  private static KerasModel keras(dev.tfreg.v1.KerasModel message) {
    KerasModel.Builder model =
        KerasModel.builder()
            .name(message.getName())
            .className(message.getClassName())
            .inputs(BindingMessages.tensors(message.getInputsList()))
            .outputs(BindingMessages.tensors(message.getOutputsList()))
            .layers(each(message.getLayersList(), InspectionMessages::layer))
            .optimizer(message.getOptimizer())
            .training(Map.copyOf(message.getTrainingMap()))
            .customObjects(List.copyOf(message.getCustomObjectsList()));
    if (message.hasParameterCount()) {
      model.parameterCount(message.getParameterCount());
    }
    if (message.hasTrainableParameterCount()) {
      model.trainableParameterCount(message.getTrainableParameterCount());
    }
    return model.build();
  }

  private static KerasLayer layer(dev.tfreg.v1.Layer message) {
    KerasLayer.Builder layer =
        KerasLayer.builder()
            .name(message.getName())
            .className(message.getClassName())
            .module(message.getModule())
            .trainable(message.getTrainable())
            .dtype(message.getDtype())
            .inputs(List.copyOf(message.getInputsList()));
    if (message.hasParameterCount()) {
      layer.parameterCount(message.getParameterCount());
    }
    if (message.hasOutputShape()) {
      layer.outputShape(BindingMessages.shape(message.getOutputShape()));
    }
    return layer.build();
  }

  private static <M, V> List<V> each(List<M> messages, Function<M, V> value) {
    return messages.stream().map(value).collect(Collectors.toUnmodifiableList());
  }
}
