package dev.tfreg.codegen;

import dev.tfreg.client.Binding;
import dev.tfreg.tensorflow.BoundModel;
import dev.tfreg.tensorflow.FollowOptions;
import dev.tfreg.tensorflow.Following;
import dev.tfreg.tensorflow.KeyedRunner;
import dev.tfreg.tensorflow.LoadedModel;
import dev.tfreg.tensorflow.Outputs;
import dev.tfreg.tensorflow.SignatureRunner;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** A model that another takes over from, as if it followed its alias, when it is closed. */
final class MovingModel implements BoundModel {
  private final BoundModel after;
  private volatile BoundModel current;

  MovingModel(BoundModel before, BoundModel after) {
    this.current = before;
    this.after = after;
  }

  @Override
  public SignatureRunner signature(String key) {
    return new SignatureRunner() {
      @Override
      public Binding binding() {
        return current.signature(key).binding();
      }

      @Override
      public Outputs run(Map<String, ?> inputs) {
        return current.signature(key).run(inputs);
      }

      @Override
      public Outputs run(Map<String, ?> inputs, Collection<String> outputs) {
        return current.signature(key).run(inputs, outputs);
      }
    };
  }

  @Override
  public void close() {
    current = after;
  }

  @Override
  public LoadedModel loaded() {
    return current.loaded();
  }

  @Override
  public Set<String> signatureKeys() {
    return current.signatureKeys();
  }

  @Override
  public SignatureRunner signature() {
    return signature("serving_default");
  }

  @Override
  public KeyedRunner runner() {
    return current.runner();
  }

  @Override
  public KeyedRunner runner(String signature) {
    return current.runner(signature);
  }

  @Override
  public Following follow(FollowOptions options) {
    return current.follow(options);
  }
}
