// What runners share: the vision worker, providers, paid jobs, uploads, deployments, prices.

package import AzureOpenAI
package import Basics
package import Execution
package import Planning
package import Specification
package import VisionProtocol

/// A provider that is ready to be called.
package struct ConnectedProvider: Sendable {
    package var client: ProviderClient
    /// Tells the provider's time: an emulator's clock jumps to the next due moment.
    package var clock: any WallClock
    /// Whether its dollars are not real, and whether this machine does its work.
    package var isEmulated: Bool
    /// The price table's name for the emulator's models, when the spec gives one.
    package var priceAs: String?

    package init(client: ProviderClient, clock: any WallClock, isEmulated: Bool, priceAs: String?) {
        self.client = client
        self.clock = clock
        self.isEmulated = isEmulated
        self.priceAs = priceAs
    }

    /// Whether a list of jobs may lack what was created moments ago. A server on this machine lists what it has; an
    /// emulator imitates a provider whose list lags.
    package var listLags: Bool { isEmulated || !client.endpoint.isLoopback }
}

/// Connects to providers when a step needs one; an emulator is started then.
package protocol ProviderConnecting: Sendable {
    /// - Parameter name: the name by which the plan calls it.
    func provider(_ name: String) async throws -> ConnectedProvider
}

/// What the runners of one run share.
package struct StepServices: Sendable {
    package var providers: any ProviderConnecting
    package var vision: VisionWorkerClient
    package var jobs: RemoteJobs
    package var files: RemoteFiles
    package var deployments: Deployments
    /// Names the store at providers, where several stores share a deployment.
    package var store: String
    package var spending: SpendBook
    package var prices: PriceBook
    /// Passed by every paid call before anything is sent.
    package var consent: ConsentGate
    /// What a paid step will cost, by the examples that it has by now.
    package var forecast: @Sendable (Step) -> StepForecast?
    /// What programs of the user's see of it, they name.
    package var environment: Specification.Environment
    private let programs: RunningPrograms
    private let trainers: TrainerServices

    package init(
        providers: any ProviderConnecting, vision: VisionWorkerClient, jobs: RemoteJobs, files: RemoteFiles,
        deployments: Deployments, store: String, spending: SpendBook, prices: PriceBook, consent: ConsentGate,
        forecast: @escaping @Sendable (Step) -> StepForecast?, environment: Specification.Environment
    ) {
        self.providers = providers
        self.vision = vision
        self.jobs = jobs
        self.files = files
        self.deployments = deployments
        self.store = store
        self.spending = spending
        self.prices = prices
        self.consent = consent
        self.forecast = forecast
        self.environment = environment
        programs = RunningPrograms()
        trainers = TrainerServices(
            programs: programs, processes: TrainerProcesses(),
            devices: DevicePool(devices: DevicePool.present(visible: environment["CUDA_VISIBLE_DEVICES"])))
    }

    /// The runner of a step.
    package func runner(for step: Step) -> any StepRunner {
        switch step.work {
        case .fetchArchive(let work): FetchArchiveRunner(work: work)
        case .indexDataset(let work): IndexDatasetRunner(work: work, vision: vision)
        case .splitDataset(let work): SplitDatasetRunner(work: work, step: step)
        case .checkLeaks(let work): CheckLeaksRunner(work: work)
        case .writeRequests(let work): WriteRequestsRunner(work: work, vision: vision)
        case .writeTrainingData(let work): WriteTrainingDataRunner(work: work, vision: vision)
        case .runBatch(let work): RunBatchRunner(work: work, services: self)
        case .fineTune(let work): FineTuneRunner(work: work, services: self)
        case .askOnline(let work): AskOnlineRunner(work: work, services: self)
        case .trainEpoch(let work): TrainEpochRunner(work: work, vision: vision)
        case .selectCheckpoint(let work): SelectCheckpointRunner(work: work)
        case .predict(let work): PredictRunner(work: work, vision: vision)
        case .trainerEpoch(let work):
            TrainerEpochRunner(work: work, trainer: trainer(work.identity.program, work.settings))
        case .trainerPredict(let work):
            TrainerPredictRunner(work: work, trainer: trainer(work.identity.program, work.settings))
        case .runCommand(let work): RunCommandRunner(work: work, environment: environment, programs: programs)
        case .score(let work): ScoreRunner(work: work)
        }
    }

    private func trainer(_ program: TrainerProgram, _ settings: TrainerSettings) -> TrainerRun {
        TrainerRun(program: program, settings: settings, environment: environment, services: trainers)
    }
}

extension StepServices {
    /// Whether a step makes examples from files: free work that needs neither a provider nor the ledger.
    package static func makesExamples(_ step: Step) -> Bool {
        switch step.kind {
        case .fetchArchive, .indexDataset, .splitDataset: true
        default: false
        }
    }

    /// The runner of a step that makes examples.
    package static func exampleRunner(for step: Step, vision: VisionWorkerClient) -> any StepRunner {
        switch step.work {
        case .fetchArchive(let work): FetchArchiveRunner(work: work)
        case .indexDataset(let work): IndexDatasetRunner(work: work, vision: vision)
        case .splitDataset(let work): SplitDatasetRunner(work: work, step: step)
        default: OtherRunner()
        }
    }
}

/// Fails a step that makes no examples.
private struct OtherRunner: StepRunner {
    struct MakesNoExamples: Error { var step: StepID }

    func run(_ context: StepContext) async throws -> StepOutcome { throw MakesNoExamples(step: context.step.id) }
}
