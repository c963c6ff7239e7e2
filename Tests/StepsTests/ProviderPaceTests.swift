// How often a job is asked about, by where its provider is.

import AzureOpenAI
import Basics
import Execution
import Platform
import Steps
import Testing

@Suite struct ProviderPaceTests {
    /// Guards: a job of three seconds at a server on this machine was waited for a minute.
    @Test(arguments: [
        ("http://127.0.0.1:8000/v1", false, 2.0), ("http://localhost:8000/v1", false, 2), ("http://127.0.0.1:8000/v1", true, 60),
        ("https://api.openai.com/v1", false, 60),
    ])
    func polls(endpoint: String, isEmulated: Bool, seconds: Double) {
        let connection = ProviderConnection(
            credential: .apiKey(Secret("k")), transport: CurlTransport(), clock: SystemWallClock(),
            random: SeededRandom(seed: 1))
        let provider = ConnectedProvider(
            client: ProviderClient(endpoint: ProviderEndpoint(baseURL: endpoint, surface: .openAI), connection: connection),
            clock: SystemWallClock(), isEmulated: isEmulated, priceAs: nil)
        for pace in [RemotePace.batch, .fineTune] {
            let found = provider.pace(pace)
            #expect(found.poll == seconds && found.settling == pace.settling && found.busy == pace.busy)
        }
    }
}
