package dev.tfreg.tensorflow;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How a model follows its alias. */
public final class FollowOptions {
  private final FollowListener listener;
  private final List<Map<String, ?>> examples;
  private final boolean selfTest;
  private final Duration drain;

  private FollowOptions(Builder builder) {
    this.listener = builder.listener;
    this.examples = List.copyOf(builder.examples);
    this.selfTest = builder.selfTest;
    this.drain = builder.drain;
  }

  /** Starts the settings. */
  public static Builder builder() {
    return new Builder();
  }

  /** Who is told. */
  public FollowListener listener() {
    return listener;
  }

  /** Inputs of the default signature that a new version must run before it takes over. */
  public List<Map<String, ?>> examples() {
    return examples;
  }

  /** Whether a new version is run before it takes over. */
  public boolean selfTest() {
    return selfTest;
  }

  /** How long the following waits for the runs of an old version before it goes on. */
  public Duration drain() {
    return drain;
  }

  /** Builds {@link FollowOptions}. */
  public static final class Builder {
    private FollowListener listener = new FollowListener() {};
    private final List<Map<String, ?>> examples = new ArrayList<>();
    private boolean selfTest = true;
    private Duration drain = Duration.ofMinutes(1);

    private Builder() {}

    /** Sets who is told. */
    public Builder listener(FollowListener listener) {
      this.listener = Objects.requireNonNull(listener);
      return this;
    }

    /**
     * Adds inputs that a new version must run before it takes over. Without any, the model's own
     * warm-up requests are used, else inputs pushed with the version (attachments of the role
     * {@code samples}: .npz or .npy). A version without any is not run.
     */
    public Builder example(Map<String, ?> inputs) {
      examples.add(Map.copyOf(inputs));
      return this;
    }

    /** Lets a new version take over without having been run. Default: it is run. */
    public Builder selfTest(boolean selfTest) {
      this.selfTest = selfTest;
      return this;
    }

    /**
     * Sets how long the following waits for the runs of an old version before it tells that another
     * has taken over, and follows on. An old version is never freed under a run: if one lasts
     * longer, it is freed when that run ends. Default: a minute.
     */
    public Builder drain(Duration drain) {
      this.drain = Objects.requireNonNull(drain);
      return this;
    }

    /** Returns the settings. */
    public FollowOptions build() {
      return new FollowOptions(this);
    }
  }
}
