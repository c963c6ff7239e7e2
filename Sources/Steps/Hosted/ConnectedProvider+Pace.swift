// How often a provider is polled.

import Execution
import ProviderKit

extension ConnectedProvider {
    /// Seconds between two polls of a job at a server on this machine, which has no limit on them.
    private static let localPoll = 2.0

    /// The pace of waiting for a job, in seconds of the provider's clock: `pace` for a service and for the emulator, which
    /// imitates one; shorter polls for other servers on this machine, whose lists never lag.
    func pace(_ pace: RemotePace) -> RemotePace {
        guard !listLags else { return pace }
        var local = pace
        local.poll = min(pace.poll, ConnectedProvider.localPoll)
        return local
    }
}
