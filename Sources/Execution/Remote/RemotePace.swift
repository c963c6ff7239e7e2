// How often a provider is asked, and how long an unanswered create call needs to settle.

/// The pace of waiting, in seconds of the provider's clock.
package struct RemotePace: Sendable, Hashable {
    /// Between two questions about a job.
    package var poll: Double
    /// After which a job that no listing shows was not created.
    package var settling: Double
    /// Between two tries when quota or slots are full.
    package var busy: Double

    package init(poll: Double, settling: Double, busy: Double) {
        self.poll = poll
        self.settling = settling
        self.busy = busy
    }

    /// A batch is asked at most once a minute.
    package static let batch = RemotePace(poll: 60, settling: 120, busy: 60)
    package static let fineTune = RemotePace(poll: 60, settling: 120, busy: 120)
}
