// How often a provider is polled.

package import Execution
import ProviderKit

extension ConnectedProvider {
    /// The pace of waiting for a job at this provider, in seconds of its clock.
    func pace(_ pace: RemotePace) -> RemotePace { pace.adapted(listLags: listLags) }
}

extension RemotePace {
    /// Seconds between two polls of a job at a server on this machine, which has no limit on them.
    private static let localPoll = 2.0

    /// The same for a service, and for the emulator, which imitates one; shorter polls for other servers on this machine,
    /// whose lists never lag.
    package func adapted(listLags: Bool) -> RemotePace {
        guard !listLags else { return self }
        var local = self
        local.poll = min(poll, RemotePace.localPoll)
        return local
    }
}
