// What runners share: the vision worker, providers, paid jobs, uploads, deployments, prices.

package import Basics
package import Execution
package import Planning
package import ProviderKit
package import Specification
package import TaskKit
package import VisionProtocol

/// Connects to providers when a step needs one; an emulator is started then.
package protocol ProviderConnecting: Sendable {
    /// - Parameter name: the name by which the plan calls it.
    func provider(_ name: String) async throws -> ConnectedProvider
}

/// What the runners of one run share.
package struct StepServices: Sendable {
    package var providers: any ProviderConnecting
    /// The kinds of providers, for file formats.
    package var catalog: ProviderCatalog
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
    /// The tasks that steps may name.
    package var tasks: TaskRegistry
    private let programs: RunningPrograms
    private let trainers: TrainerServices

    package init(
        providers: any ProviderConnecting, catalog: ProviderCatalog, vision: VisionWorkerClient, jobs: RemoteJobs, files: RemoteFiles,
        deployments: Deployments, store: String, spending: SpendBook, prices: PriceBook, consent: ConsentGate,
        forecast: @escaping @Sendable (Step) -> StepForecast?, environment: Specification.Environment,
        tasks: TaskRegistry
    ) {
        self.tasks = tasks
        self.providers = providers
        self.catalog = catalog
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
        case .indexDataset(let work): IndexDatasetRunner(work: work, vision: vision, tasks: tasks)
        case .splitDataset(let work): SplitDatasetRunner(work: work, step: step)
        case .checkLeaks(let work): CheckLeaksRunner(work: work)
        case .writeRequests(let work): WriteRequestsRunner(work: work, catalog: catalog, vision: vision, tasks: tasks)
        case .writeTrainingData(let work): WriteTrainingDataRunner(work: work, catalog: catalog, vision: vision, tasks: tasks)
        case .runBatch(let work): RunBatchRunner(work: work, services: self)
        case .fineTune(let work): FineTuneRunner(work: work, services: self)
        case .askOnline(let work): AskOnlineRunner(work: work, services: self)
        case .trainEpoch(let work): TrainEpochRunner(work: work, vision: vision)
        case .selectCheckpoint(let work): SelectCheckpointRunner(work: work)
        case .predict(let work): PredictRunner(work: work, vision: vision)
        case .trainerEpoch(let work):
            TrainerEpochRunner(work: work, trainer: trainer(work.identity.program, work.settings), vision: vision)
        case .trainerPredict(let work):
            TrainerPredictRunner(work: work, trainer: trainer(work.identity.program, work.settings), vision: vision)
        case .runCommand(let work): RunCommandRunner(work: work, environment: environment, programs: programs, vision: vision)
        case .score(let work): ScoreRunner(work: work, tasks: tasks)
        }
    }

    private func trainer(_ program: TrainerProgram, _ settings: TrainerSettings) -> TrainerRun {
        TrainerRun(program: program, settings: settings, environment: environment, services: trainers)
    }
}

extension StepServices {
    /// The runner of a step that makes examples.
    package static func exampleRunner(for step: Step, vision: VisionWorkerClient, tasks: TaskRegistry) -> any StepRunner {
        switch step.work {
        case .fetchArchive(let work): FetchArchiveRunner(work: work)
        case .indexDataset(let work): IndexDatasetRunner(work: work, vision: vision, tasks: tasks)
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
