// Accesses paid jobs at a provider by id and kind, for commands that run without a step.

package import ProviderKit

/// The paid jobs of one account.
package struct ProviderJobs: Sendable {
    private let provider: ConnectedProvider

    /// - Parameter provider: a connected provider; no request is sent yet.
    package init(_ provider: ConnectedProvider) { self.provider = provider }

    /// Fetches the job with an id.
    /// - Parameter kind: `batch` or `fine-tune`.
    /// - Throws: `ProviderError`, also if the job does not exist; `MissingCapability`.
    package func job(_ id: String, kind: String) async throws -> TaggedJob { try await listing(kind).taggedJob(id) }

    /// All jobs that carry Assay's tag, with their kinds, including ended ones, and the parts of the account that could
    /// not be listed.
    package func tagged() async throws -> (jobs: [(kind: String, job: TaggedJob)], unlisted: [String]) {
        var found: [(kind: String, job: TaggedJob)] = []
        var unlisted: [String] = []
        let listings: [(String, (any JobListing)?)] = [
            (RunBatchRunner.jobKind, provider.batching), (FineTuneRunner.jobKind, provider.tuning),
        ]
        for (kind, listing) in listings {
            guard let list = try await listing?.taggedJobs() else { continue }
            for job in list.items where job.tag != nil { found.append((kind, job)) }
            unlisted += list.unlisted
        }
        return (found, unlisted)
    }

    /// Cancels a job. Finished work is kept and billed.
    package func cancel(_ id: String, kind: String) async throws { try await listing(kind).cancel(id) }

    private func listing(_ kind: String) throws -> any JobListing {
        let listing: (any JobListing)? = kind == RunBatchRunner.jobKind ? provider.batching : provider.tuning
        return try listing.required("jobs of the kind '\(kind)'", of: "this provider")
    }
}
