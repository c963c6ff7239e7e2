// The services that runners share: the vision worker, providers, paid jobs, uploads, deployments and prices.

package import Basics
package import Execution
package import Planning
package import ProviderKit
package import Specification
package import TaskKit
package import VisionProtocol

/// Connects to providers when a step first needs one; that also starts an emulator.
package protocol ProviderConnecting: Sendable {
    /// - Parameter name: the provider's name in the plan.
    func provider(_ name: String) async throws -> ConnectedProvider
}

/// The services that the runners of one run share.
package struct StepServices: Sendable {
    /// Connects to providers on demand; steps that need none cause no connection.
    package var providers: any ProviderConnecting
    /// The known kinds of providers, which define the formats of request and training files.
    package var catalog: ProviderCatalog
    /// Decodes images and computes with networks in the worker process.
    package var vision: VisionWorkerClient
    /// Sends, adopts and follows fine-tuning jobs and batches.
    package var jobs: RemoteJobs
    /// Uploads files to providers; steps that need the same bytes at the same time share one upload.
    package var files: RemoteFiles
    /// Creates, shares and deletes billed deployments.
    package var deployments: Deployments
    /// The name of the store at providers, where several stores can share a deployment.
    package var store: String
    /// Records spending in the ledger and reserves forecasts in the budget.
    package var spending: SpendBook
    /// The prices of the providers; an unknown price gives no cost.
    package var prices: PriceBook
    /// Every paid call passes this gate before anything is sent.
    package var consent: ConsentGate
    /// Forecasts the cost of a paid step from the examples known so far; `nil` for a step without a forecast.
    package var forecast: @Sendable (Step) -> StepForecast?
    /// The environment of this process. The user's programs receive only the variables that they declare.
    package var environment: Specification.Environment
    /// The tasks that steps can name.
    package var tasks: TaskRegistry
    private let programs: RunningPrograms
    private let trainers: TrainerServices

    /// Also creates the bookkeeping of running programs and trainers, and finds the GPUs that `CUDA_VISIBLE_DEVICES`
    /// leaves visible.
    package init(
        providers: any ProviderConnecting, catalog: ProviderCatalog, vision: VisionWorkerClient, jobs: RemoteJobs,
        files: RemoteFiles,
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

    /// The runner of a step; every kind of step has one.
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
        case .extractFeatures(let work): extractor(work)
        case .fitProbe(let work): FitProbeRunner(work: work, vision: vision)
        case .predictProbe(let work): PredictProbeRunner(work: work, vision: vision)
        case .runCommand(let work): RunCommandRunner(work: work, environment: environment, programs: programs, vision: vision)
        case .readAnswers(let work): ReadAnswersRunner(work: work)
        case .score(let work): ScoreRunner(work: work, tasks: tasks)
        }
    }

    private func extractor(_ work: ExtractFeatures) -> ExtractFeaturesRunner {
        let trainer = work.identity.program.flatMap { program in
            work.settings.trainer.map { self.trainer(program, $0) }
        }
        return ExtractFeaturesRunner(work: work, trainer: trainer, vision: vision)
    }

    private func trainer(_ program: TrainerProgram, _ settings: TrainerSettings) -> TrainerRun {
        TrainerRun(program: program, settings: settings, environment: environment, services: trainers)
    }
}

extension StepServices {
    /// The runner of a step that produces examples: fetching, indexing or splitting. Other steps get a runner that
    /// throws.
    package static func exampleRunner(for step: Step, vision: VisionWorkerClient, tasks: TaskRegistry) -> any StepRunner {
        switch step.work {
        case .fetchArchive(let work): FetchArchiveRunner(work: work)
        case .indexDataset(let work): IndexDatasetRunner(work: work, vision: vision, tasks: tasks)
        case .splitDataset(let work): SplitDatasetRunner(work: work, step: step)
        default: OtherRunner()
        }
    }
}

/// Fails a step that does not produce examples.
private struct OtherRunner: StepRunner {
    struct MakesNoExamples: Error { var step: StepID }

    func run(_ context: StepContext) async throws -> StepOutcome { throw MakesNoExamples(step: context.step.id) }
}
