// Paid jobs at a provider by id and tag: for commands, where no step runs.

package import AzureOpenAI
import AzureWire
package import Basics

/// A job at a provider that carries one of our tags.
package struct TaggedJob: Hashable, Sendable {
    /// `batch` or `fine-tune`.
    package var kind: String
    package var id: String
    /// The tags that the job carries, the likeliest first; none for a job that was not made by this program, or at a
    /// provider that keeps no tags.
    package var tags: [String]
    /// What travelled with the create call.
    package var tag: String? { tags.first }
    /// The digest of the request, where the provider keeps it.
    package var fingerprint: Digest?
    /// The provider's own word for its state.
    package var status: String
    /// Whether it will not change any more.
    package var isEnd: Bool
}

package struct ProviderJobs: Sendable {
    private let client: ProviderClient

    package init(_ client: ProviderClient) { self.client = client }

    /// The job with an id.
    /// - Parameter kind: `batch` or `fine-tune`.
    /// - Throws: `ProviderError`, of a job that is not there too.
    package func job(_ id: String, kind: String) async throws -> TaggedJob {
        kind == RunBatchRunner.jobKind
            ? shown(try await client.batches.get(BatchID(id)))
            : shown(try await client.fineTuning.get(FineTuningJobID(id)))
    }

    /// The jobs that carry a tag of ours, ended ones too.
    package func tagged() async throws -> [TaggedJob] {
        let batches = try await client.batches.list().map(shown)
        let jobs = try await client.fineTuning.list().map(shown)
        return (batches + jobs).filter { $0.tag != nil }
    }

    package func cancel(_ id: String, kind: String) async throws {
        if kind == RunBatchRunner.jobKind {
            _ = try await client.batches.cancel(BatchID(id))
        } else {
            _ = try await client.fineTuning.cancel(FineTuningJobID(id))
        }
    }

    private func shown(_ batch: Batch) -> TaggedJob {
        TaggedJob(
            kind: RunBatchRunner.jobKind, id: batch.id.text, tags: batch.tags,
            fingerprint: batch.metadata?[BatchService.fingerprintKey].flatMap(Digest.init(hex:)),
            status: batch.status.rawValue, isEnd: batch.isOver ?? false)
    }

    private func shown(_ job: FineTuningJob) -> TaggedJob {
        TaggedJob(
            kind: FineTuneRunner.jobKind, id: job.id.text, tags: job.tags, fingerprint: nil, status: job.status.rawValue, isEnd: [.succeeded, .failed].contains(job.phase))
    }
}
