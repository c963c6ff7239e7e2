// The polling interval of a job, by the location of its provider.

import Execution
import Steps
import Testing

@Suite struct ProviderPaceTests {
    /// Guards: a job of three seconds at a server on this machine was waited for a minute.
    @Test(arguments: [(hasLaggingLists: false, seconds: 2.0), (hasLaggingLists: true, seconds: 60)])
    func polls(hasLaggingLists: Bool, seconds: Double) {
        for pace in [RemotePace.batch, .fineTune] {
            let found = pace.adapted(hasLaggingLists: hasLaggingLists)
            #expect(found.poll == seconds && found.settling == pace.settling && found.busy == pace.busy)
        }
    }
}
