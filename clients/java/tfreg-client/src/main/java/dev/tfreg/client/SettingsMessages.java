package dev.tfreg.client;

import dev.tfreg.v1.ConversionOptions;
import dev.tfreg.v1.InputShape;
import dev.tfreg.v1.RenamedTensor;
import dev.tfreg.v1.VariableKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Makes messages of the settings of a conversion, and settings of the messages. */
final class SettingsMessages {
  private SettingsMessages() {}

  static ConversionOptions message(ConversionSettings settings) {
    ConversionOptions.Builder message =
        ConversionOptions.newBuilder()
            .setSignature(settings.signature())
            .addAllTags(settings.tags())
            .addAllInputs(named(settings.inputs()))
            .addAllOutputs(named(settings.outputs()))
            .addAllPlaceholders(named(settings.placeholders()))
            .setClearDevices(settings.clearDevices())
            .addAllKeepVariables(settings.keepVariables())
            .setEma(settings.ema())
            .setFunction(settings.function())
            .setSpec(settings.spec())
            .setAllowTrainingGraph(settings.allowTrainingGraph())
            .setInferenceOnly(settings.inferenceOnly())
            .setMatch(settings.match())
            .setPartial(settings.partial())
            .setQuantize(settings.quantize())
            .setSelectTfOps(settings.selectTfOps())
            .setOptimize(settings.optimize())
            .setMethodName(settings.methodName())
            .addAllNewTags(settings.newTags())
            .setNewSignature(settings.newSignature());
    settings
        .shapes()
        .forEach(
            (input, shape) ->
                message.addShapes(
                    InputShape.newBuilder().setInput(input).addAllSizes(shape.dims())));
    settings
        .renamed()
        .forEach(
            (operation, tensor) ->
                message.addRenamed(
                    RenamedTensor.newBuilder().setOperation(operation).setTensor(tensor)));
    settings
        .variableKeys()
        .forEach(
            (variable, key) ->
                message.addVariableKeys(
                    VariableKey.newBuilder().setVariable(variable).setKey(key)));
    return message.build();
  }

  static ConversionSettings settings(ConversionOptions message) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    message
        .getShapesList()
        .forEach(shape -> shapes.put(shape.getInput(), Shape.of(shape.getSizesList())));
    Map<String, String> renamed = new LinkedHashMap<>();
    message.getRenamedList().forEach(add -> renamed.put(add.getOperation(), add.getTensor()));
    Map<String, String> keys = new LinkedHashMap<>();
    message.getVariableKeysList().forEach(key -> keys.put(key.getVariable(), key.getKey()));
    return ConversionSettings.builder()
        .shapes(Map.copyOf(shapes))
        .renamed(Map.copyOf(renamed))
        .variableKeys(Map.copyOf(keys))
        .signature(message.getSignature())
        .tags(List.copyOf(message.getTagsList()))
        .inputs(ofMessages(message.getInputsList()))
        .outputs(ofMessages(message.getOutputsList()))
        .placeholders(ofMessages(message.getPlaceholdersList()))
        .clearDevices(message.getClearDevices())
        .keepVariables(List.copyOf(message.getKeepVariablesList()))
        .ema(message.getEma())
        .function(message.getFunction())
        .spec(message.getSpec())
        .allowTrainingGraph(message.getAllowTrainingGraph())
        .inferenceOnly(message.getInferenceOnly())
        .match(message.getMatch())
        .partial(message.getPartial())
        .quantize(message.getQuantize())
        .selectTfOps(message.getSelectTfOps())
        .optimize(message.getOptimize())
        .methodName(message.getMethodName())
        .newTags(List.copyOf(message.getNewTagsList()))
        .newSignature(message.getNewSignature())
        .build();
  }

  private static List<dev.tfreg.v1.NamedTensor> named(List<NamedTensor> tensors) {
    return tensors.stream()
        .map(
            tensor ->
                dev.tfreg.v1.NamedTensor.newBuilder()
                    .setTensor(tensor.tensor())
                    .setKey(tensor.key())
                    .build())
        .collect(Collectors.toList());
  }

  private static List<NamedTensor> ofMessages(List<dev.tfreg.v1.NamedTensor> messages) {
    return messages.stream()
        .map(message -> NamedTensor.of(message.getTensor(), message.getKey()))
        .collect(Collectors.toUnmodifiableList());
  }
}
