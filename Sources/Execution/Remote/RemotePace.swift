// How often a provider is asked, and how long an unanswered create call needs to settle.

/// The pace of waiting, in seconds of the provider's clock.
package struct RemotePace: Sendable, Hashable {
    /// Between two questions about a job.
    package var poll: Double
    /// After which a job that no listing shows was not created.
    package var settling: Double
    /// Between two tries when quota or slots are full.
    package var busy: Double
    /// How long room is waited for in all.
    package var patience: Double

    package init(poll: Double, settling: Double, busy: Double, patience: Double = 172_800) {
        self.poll = poll
        self.settling = settling
        self.busy = busy
        self.patience = patience
    }

    /// A batch is asked at most once a minute.
    package static let batch = RemotePace(poll: 60, settling: 120, busy: 60)
    package static let fineTune = RemotePace(poll: 60, settling: 120, busy: 120)
    /// After which an uploaded file that no listing shows is not there.
    package static let upload = RemotePace(poll: 15, settling: 60, busy: 60)
}
