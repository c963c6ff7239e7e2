// Polling intervals of a provider.

package import Execution
import ProviderKit

extension ConnectedProvider {
    /// The polling pace for a job at this provider, in seconds of its clock.
    func pace(_ pace: RemotePace) -> RemotePace { pace.adapted(hasLaggingLists: hasLaggingLists) }
}

extension RemotePace {
    /// Seconds between two polls of a server on this machine, which has no rate limit for them.
    private static let localPoll = 2.0

    /// The same pace for a remote service and for the emulator, which imitates one; shorter intervals for other
    /// servers on this machine, whose lists never lag.
    package func adapted(hasLaggingLists: Bool) -> RemotePace {
        guard !hasLaggingLists else { return self }
        var local = self
        local.poll = min(poll, RemotePace.localPoll)
        return local
    }
}
