package dev.tfreg.client;

import dev.tfreg.v1.Event;
import dev.tfreg.v1.EventKind;
import dev.tfreg.v1.WatchRequest;
import dev.tfreg.v1.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The journal of a registry in this process, and those who watch it. */
final class FakeWatch {
  /** The watches that were asked for, the oldest first. */
  final BlockingQueue<WatchRequest> requests = new LinkedBlockingQueue<>();

  /** The watches that their callers gave up. */
  final BlockingQueue<WatchRequest> given = new LinkedBlockingQueue<>();

  /** The next watches fail like this, one after another. */
  final Queue<RuntimeException> refusals = new ConcurrentLinkedQueue<>();

  /** So many of the next watches are taken and told nothing, not even where they start. */
  private int mute;

  /** Whether watches are told everything from the first event on, wherever they wish to start. */
  private boolean repeating;

  private final List<Event> journal = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();

  synchronized void muteNext(int watches) {
    mute = watches;
  }

  synchronized void repeat() {
    repeating = true;
  }

  /** Something happens; returns its number. */
  synchronized long happen(EventKind kind, String model, long version, String alias) {
    return happen(
        Event.newBuilder().setKind(kind).setModel(model).setVersion(version).setAlias(alias));
  }

  synchronized long happen(Event.Builder event) {
    long sequence = journal.size() + 1L;
    journal.add(event.setSequence(sequence).build());
    for (Watcher watcher : watchers) {
      watcher.tell(sequence - 1);
    }
    return sequence;
  }

  /** Breaks all connections. */
  synchronized void cut() {
    for (Watcher watcher : List.copyOf(watchers)) {
      watchers.remove(watcher);
      watcher.out.onError(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
    }
  }

  /** Ends all streams as a server may that stops. */
  synchronized void complete() {
    for (Watcher watcher : List.copyOf(watchers)) {
      watchers.remove(watcher);
      watcher.out.onCompleted();
    }
  }

  synchronized void watch(WatchRequest request, StreamObserver<WatchResponse> out) {
    Watcher watcher = new Watcher(request, (ServerCallStreamObserver<WatchResponse>) out);
    watcher.out.setOnCancelHandler(() -> leave(watcher));
    RuntimeException refusal = refusals.poll();
    if (refusal != null) {
      out.onError(refusal);
    } else if (mute > 0) {
      mute--;
    } else {
      long after = request.hasAfterSequence() ? request.getAfterSequence() : journal.size();
      out.onNext(WatchResponse.newBuilder().setSequence(after).build());
      watchers.add(watcher);
      if (after < journal.size()) {
        watcher.tell(repeating ? 0 : after);
      }
    }
    requests.add(request);
  }

  private synchronized void leave(Watcher watcher) {
    watchers.remove(watcher);
    given.add(watcher.request);
  }

  /** One who watches. */
  private final class Watcher {
    private final WatchRequest request;
    private final ServerCallStreamObserver<WatchResponse> out;

    Watcher(WatchRequest request, ServerCallStreamObserver<WatchResponse> out) {
      this.request = request;
      this.out = out;
    }

    void tell(long after) {
      WatchResponse.Builder group = WatchResponse.newBuilder().setSequence(journal.size());
      for (Event event : journal.subList((int) after, journal.size())) {
        if (request.getModelsCount() == 0 || request.getModelsList().contains(event.getModel())) {
          group.addEvents(event);
        }
      }
      out.onNext(group.build());
    }
  }
}
