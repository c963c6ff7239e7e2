// Poll intervals of a provider, and the maximum time until the outcome of a create call is known.

/// Waiting times, in seconds of the provider's clock.
package struct RemotePace: Sendable, Hashable {
    /// Between two polls of a job.
    package var poll: Double
    /// The settling time: a job that no listing shows by then was not created.
    package var settling: Double
    /// Between two attempts while a quota or all slots are full.
    package var busy: Double
    /// The total time to wait for a free slot.
    package var patience: Double

    /// All values are seconds of the provider's clock.
    package init(poll: Double, settling: Double, busy: Double, patience: Double = 172_800) {
        self.poll = poll
        self.settling = settling
        self.busy = busy
        self.patience = patience
    }

    /// A batch is polled at most once a minute.
    package static let batch = RemotePace(poll: 60, settling: 120, busy: 60)
    /// A fine-tuning job is polled once a minute as well.
    package static let fineTune = RemotePace(poll: 60, settling: 120, busy: 120)
    /// An uploaded file that no listing shows by then does not exist.
    package static let upload = RemotePace(poll: 15, settling: 60, busy: 60)
}
