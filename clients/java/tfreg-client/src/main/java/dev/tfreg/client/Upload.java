package dev.tfreg.client;

import dev.tfreg.v1.BlobServiceGrpc;
import dev.tfreg.v1.FindMissingRequest;
import dev.tfreg.v1.FindMissingResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Sends what the server lacks. Pieces go in batches: a FindMissing and a Write stream of what is
 * missing. A stream that breaks is repeated by the same two steps, so that only what did not arrive
 * goes again.
 */
final class Upload {
  private static final long SLOWEST_BYTES_PER_SECOND = 128 << 10;
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private final Calls calls;
  private final BlobServiceGrpc.BlobServiceBlockingStub stub;
  private final BlobWriter writer;
  private final Batches batches;
  private final Set<String> claimed = new HashSet<>();
  private final AtomicLong sentBytes = new AtomicLong();
  private final AtomicLong sentBlobs = new AtomicLong();
  private String leaseId = "";

  Upload(Calls calls, ServerLimits limits) {
    this.calls = calls;
    this.stub = BlobServiceGrpc.newBlockingStub(calls.channel());
    this.writer =
        new BlobWriter(calls, (int) Math.min(MAX_MESSAGE_BYTES, limits.maxMessageBytes() / 2));
    this.batches = new Batches(limits.maxBlobsPerRequest());
  }

  /** Sends files by some streams at once, and returns when the server has all of them. */
  void send(List<HashedFile> files, ExecutorService threads, int streams)
      throws IOException, InterruptedException {
    Iterator<List<Piece>> waiting = batches.of(files).iterator();
    Tasks.runAll(Collections.nCopies(streams, () -> sendBatches(waiting)), threads);
    for (HashedFile file : files) {
      file.source().checkUnchanged();
    }
  }

  /** The lease that holds what was sent; empty if there was nothing to send. */
  synchronized String leaseId() {
    return leaseId;
  }

  long sentBytes() {
    return sentBytes.get();
  }

  long sentBlobs() {
    return sentBlobs.get();
  }

  private Void sendBatches(Iterator<List<Piece>> waiting) throws IOException, InterruptedException {
    for (List<Piece> batch = next(waiting); batch != null; batch = next(waiting)) {
      sendBatch(batch);
    }
    return null;
  }

  /** Announces the next batch; batches of one file must be announced in order. */
  private synchronized List<Piece> next(Iterator<List<Piece>> waiting) {
    if (!waiting.hasNext()) {
      return null;
    }
    List<Piece> batch = waiting.next();
    Set<String> missing = missing(batch, Batches.announcedAs(batch));
    return batch.stream()
        .filter(piece -> missing.contains(piece.digest()) && claimed.add(piece.digest()))
        .collect(Collectors.toList());
  }

  private synchronized Set<String> missing(List<Piece> pieces, String filePath) {
    FindMissingRequest.Builder request =
        FindMissingRequest.newBuilder().setLeaseId(leaseId).setFilePath(filePath);
    pieces.forEach(piece -> request.addBlobs(piece.ref()));
    FindMissingResponse response = calls.read(stub, ready -> ready.findMissing(request.build()));
    leaseId = response.getLeaseId();
    return Set.copyOf(response.getMissingList());
  }

  private void sendBatch(List<Piece> batch) throws IOException, InterruptedException {
    List<Piece> left = new ArrayList<>(batch);
    for (int failed = 0; !left.isEmpty(); ) {
      try {
        writer.write(leaseId(), left, limit(left), sentBytes::addAndGet);
        break;
      } catch (StatusRuntimeException failure) {
        checkSources(failure, left);
        int before = left.size();
        calls.pauseBeforeRetry(calls.retry().pauseAfter(failed + 1));
        left = stillMissing(failure, left);
        failed = left.size() < before ? 1 : failed + 1;
        boolean late = failure.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
        if (!(late && failed == 1 && left.size() < before)
            && !left.isEmpty()
            && !calls.retry().allows(failure, failed)) {
          throw calls.failed(failure);
        }
      }
    }
    sentBlobs.addAndGet(batch.size());
  }

  /** Asks what a broken stream brought; a failure that is no broken stream is the caller's. */
  private List<Piece> stillMissing(StatusRuntimeException failure, List<Piece> pieces) {
    switch (failure.getStatus().getCode()) {
      case UNAVAILABLE:
      case DEADLINE_EXCEEDED:
        Set<String> missing = missing(pieces, "");
        return pieces.stream()
            .filter(piece -> missing.contains(piece.digest()))
            .collect(Collectors.toList());
      default:
        throw calls.failed(failure);
    }
  }

  /** Wrong bytes are mostly those of a file that somebody wrote to meanwhile. */
  private void checkSources(StatusRuntimeException failure, List<Piece> pieces) throws IOException {
    String reason = calls.failed(failure).reason();
    if (reason.equals("DIGEST_MISMATCH") || reason.equals("SIZE_MISMATCH")) {
      for (Piece piece : pieces) {
        if (!SourceHasher.stillHolds(piece)) {
          throw piece.source().changed();
        }
      }
    }
  }

  private Duration limit(List<Piece> pieces) {
    long size = pieces.stream().mapToLong(Piece::lengthBytes).sum();
    return calls.deadline().plusMillis(size * 1000 / SLOWEST_BYTES_PER_SECOND);
  }
}
