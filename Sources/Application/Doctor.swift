// Checks whether this machine and the providers of a spec are ready, and advises what to do.

import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import ProviderKit
import Providers
import Specification
import Steps
import Synchronization
import VisionProtocol

/// Checks libraries, disk, credentials and deployments. Creates nothing at a provider and costs nothing.
package enum Doctor {
    // MARK: This machine

    /// Debian packages of the libraries that the worker loads, by library name prefix.
    private static let packages = [
        "libtorch": "libtorch-dev", "libc10": "libtorch-dev", "libturbojpeg": "libturbojpeg0",
        "libjpeg": "libjpeg62-turbo", "libpng": "libpng16-16", "libwebpdemux": "libwebpdemux2", "libwebp": "libwebp7",
        "libtiff": "libtiff6", "libgif": "libgif7", "libopenblas": "libopenblas0-pthread",
        "libblas": "libopenblas0-pthread", "libyaml": "libyaml-0-2", "libarchive": "libarchive13",
        "libsqlite": "libsqlite3-0",
    ]

    /// Checks whether requests can be sent; empty if they can.
    package static func transport() -> [DoctorFinding] {
        CurlTransport.libraryProblem.map { [DoctorFinding(.problem, "libcurl", $0, advice: "apt-get install libcurl4")] } ?? []
    }

    /// Checks whether the vision worker starts, and which numeric library it uses.
    package static func visionWorker() async -> [DoctorFinding] {
        let subject = "vision worker"
        let path = VisionWorkerClient.executableBesideThisProgram()
        guard FileManager.default.isExecutableFile(atPath: path) else {
            return [
                DoctorFinding(
                    .problem, subject, "'\(path)' does not exist",
                    advice: "build it next to assay: swift build --product assay-vision")
            ]
        }
        do throws(MissingNetworkLibrary) { try NetworkLibrary.require() } catch {
            return [
                DoctorFinding(
                    .warning, subject, "images can be read; \(error)",
                    advice: "only experiments that train, or that use the emulator, need them")
            ]
        }
        let client = VisionWorkerClient(executable: path)
        do {
            let library = try await client.call(DescribeCall())
            await client.stop()
            var findings = [
                DoctorFinding(
                    .ok, subject,
                    "\(library.library) \(library.version), \(library.blas), \(library.device), "
                        + "\(library.instructions), \(library.threads) threads"
                        + (library.accelerator.map { "; 'device: cuda' uses \($0)" } ?? ""))
            ]
            if library.blas.lowercased().contains("reference") {
                findings.append(
                    DoctorFinding(
                        .warning, "BLAS", "the reference BLAS is many times slower than OpenBLAS",
                        advice: "apt-get install libopenblas0-pthread"))
            }
            return findings
        } catch {
            await client.stop()
            let linked = try? await ChildProcess.run(ChildCommand("ldd", [path]))
            let missing = String(decoding: linked?.output ?? Data(), as: UTF8.self).split(separator: "\n")
                .filter { $0.contains("not found") }
                .compactMap { $0.split(separator: " ").first.map { $0.trimmingCharacters(in: .whitespaces) } }
            let needed = Set(
                missing.compactMap { name in
                    packages.filter { name.hasPrefix($0.key) }.max { $0.key.count < $1.key.count }?.value
                }
            ).sorted()
            let advice =
                missing.isEmpty
                ? "run '\(path) describe' and check its output"
                : "missing: \(missing.joined(separator: ", "))"
                    + (needed.isEmpty ? "" : "; apt-get install \(needed.joined(separator: " "))")
            return [DoctorFinding(.problem, subject, "it cannot be started: \(error)", advice: advice)]
        }
    }

    /// Checks whether the state folder is usable, and how much disk space is free.
    /// - Returns: the findings, and whether providers may be queried: only if the state is new or belongs to this
    /// user, because the ledger of an untrusted project names servers chosen by its author.
    package static func disk(spec: String?, state: String?) -> (findings: [DoctorFinding], mayAsk: Bool) {
        let subject = "state folder"
        let folder = Workspace.locate(spec: spec, state: state)
        var mayAsk = true
        let files = FileManager.default
        let there = nearestFolder(to: folder)
        let ledger = Workspace.ledgerPath(in: folder)
        var findings: [DoctorFinding] = []
        if Ledger.isOnNetwork(nearestFolder(to: ledger).path) {
            mayAsk = !files.fileExists(atPath: ledger)
            findings.append(
                DoctorFinding(
                    .problem, subject, "the ledger '\(ledger)' is on a network file system, where SQLite's locks are unreliable",
                    advice: "set ASSAY_LEDGER to a file on a disk of this machine, or move the state to one with --state"))
        } else if !files.isWritableFile(atPath: there.path) {
            mayAsk = !files.fileExists(atPath: ledger)
            findings.append(
                DoctorFinding(
                    .problem, subject, "'\(there.path)' cannot be written",
                    advice: "give another with --state or ASSAY_STATE"))
        } else if files.fileExists(atPath: folder) {
            do {
                let workspace = try Workspace(spec: spec, state: state)
                findings.append(DoctorFinding(.ok, subject, folder))
                if workspace.ownership != .own {
                    mayAsk = false
                    findings.append(
                        DoctorFinding(
                            .warning, "ledger", workspace.ownership.text(ledger),
                            advice: "inspect it with 'assay runs' and 'assay jobs'; '\(Workspace.takeOverCommand)' makes it yours"
                        ))
                }
            } catch {
                mayAsk = false
                findings.append(
                    DoctorFinding(
                        .problem, subject, "'\(folder)' cannot be opened: \(error)",
                        advice: "'assay cache verify' lists damaged entries; their results can be computed again"))
            }
        } else {
            findings.append(DoctorFinding(.ok, subject, "\(folder), created by the first run"))
        }
        if let free = (try? files.attributesOfFileSystem(forPath: there.path))?[.systemFreeSize] as? Int64 {
            let text = "\(free / 1_000_000_000) GB free"
            let level: DoctorFinding.Level = free < 200_000_000 ? .problem : free < 2_000_000_000 ? .warning : .ok
            findings.append(
                DoctorFinding(
                    level, "disk", text,
                    advice: level == .ok
                        ? nil : "'assay cache gc' removes unneeded results; or choose another folder with --state"))
        }
        return (findings, mayAsk)
    }

    /// The nearest existing folder at or above a path.
    private static func nearestFolder(to path: String) -> URL {
        var there = URL(fileURLWithPath: path).standardizedFileURL
        while !FileManager.default.fileExists(atPath: there.path), there.path != "/" { there.deleteLastPathComponent() }
        return there
    }

    // MARK: The cluster

    /// Checks whether the spec's cluster responds and has the partitions that the spec names.
    private static func cluster(of spec: SlurmSpec) async -> [DoctorFinding] {
        let subject = "cluster"
        let slurm = SlurmCommandLine()
        do {
            let there = try await slurm.partitions()
            _ = try await slurm.list()
            let named = [spec.resources, spec.train, spec.predict, spec.command].compactMap(\.partition)
                .flatMap { $0.split(separator: ",").map(String.init) }
            let missing = Set(named).subtracting(there).sorted()
            guard missing.isEmpty else {
                return missing.map { name in
                    DoctorFinding(
                        .problem, subject, "there is no partition '\(name)'",
                        advice: nearest(to: name, among: there).map { "did you mean '\($0)'?" }
                            ?? "the partitions are \(there.joined(separator: ", "))")
                }
            }
            return [DoctorFinding(.ok, subject, "Slurm responds; partitions \(there.joined(separator: ", "))")]
        } catch SlurmError.noCommand(let program) {
            return [
                DoctorFinding(
                    .problem, subject, "there is no '\(program)' here",
                    advice: "run this on a login node with sbatch, squeue, scontrol and scancel in PATH")
            ]
        } catch {
            return [DoctorFinding(.problem, subject, "\(error)", advice: "check SLURM_CONF, and 'scontrol ping'")]
        }
    }

    // MARK: Providers

    /// Checks whether the spec's providers respond with its credentials, and its cluster.
    /// - Parameter mayAsk: whether providers may be queried, as returned by `disk`.
    package static func providers(of spec: String, state: String?, mayAsk: Bool) async -> [DoctorFinding] {
        let loaded: LoadedSpec
        do {
            loaded = try SpecRequest.read(spec)
        } catch {
            guard LocalFileSystem().exists(spec) else {
                return [
                    DoctorFinding(
                        .problem, spec, "no such file",
                        advice: SpecRequest.nearestSpec(to: spec).map { "did you mean '\($0)'?" } ?? "name a spec that exists")
                ]
            }
            let count = error.diagnostics.count { $0.severity == .error }
            return [
                DoctorFinding(
                    .problem, spec, "\(count) \(count == 1 ? "error" : "errors")", advice: "see assay validate \(spec)")
            ]
        }
        var findings = [DoctorFinding(.ok, spec, "valid")]
        if case .slurm(let slurm)? = loaded.spec.executor { findings += await cluster(of: slurm) }
        guard mayAsk else {
            return findings
                + loaded.spec.providers.map { name, _ in
                    DoctorFinding(
                        .warning, "provider '\(name)'", "not contacted, because the state folder may not be yours",
                        advice: "see the line 'ledger' or 'state folder' above")
                }
        }
        let lastNote = LastNote()
        let hub = ProviderHub(
            plan: Plan(
                experiment: loaded.spec.name, variants: [], steps: [], measures: [], trainings: [],
                providers: Dictionary(uniqueKeysWithValues: loaded.spec.providers.map { ($0.name, $0.value) })),
            environment: loaded.environment, prices: loaded.prices,
            stateFolder: Workspace.locate(spec: spec, state: state), note: { lastNote.text = $0 })
        for (name, provider) in loaded.spec.providers {
            findings += await ProviderCheck(
                name: name, spec: provider, loaded: loaded, hub: hub, lastNote: lastNote
            ).findings()
        }
        await hub.close()
        return findings
    }
}

/// One finding of the doctor.
package struct DoctorFinding: Sendable {
    /// The severity of a finding. A `problem` prevents runs from working.
    package enum Level: String, Sendable { case ok, warning, problem }

    /// The severity.
    package let level: Level
    /// The component that was checked.
    package let subject: String
    /// The result of the check.
    package let finding: String
    /// The recommended action; `nil` if none is needed.
    package let advice: String?

    /// - Parameter advice: the recommended action; `nil` if none is needed.
    package init(_ level: Level, _ subject: String, _ finding: String, advice: String? = nil) {
        self.level = level
        self.subject = subject
        self.finding = finding
        self.advice = advice
    }

    /// The finding as one line, with a second line for the advice.
    package var text: String {
        let head = level.rawValue + String(repeating: " ", count: 9 - level.rawValue.count)
        return "\(head)\(subject): \(finding)" + (advice.map { "\n         do: \($0)" } ?? "")
    }
}

/// The last retry message of a connection.
final class LastNote: Sendable {
    private let last = Mutex<String?>(nil)

    var text: String? {
        get { last.withLock { $0 } }
        set { last.withLock { $0 = newValue } }
    }
}

/// Checks one provider of a spec: variables, credentials, the deployments that the spec names, and the retirement
/// dates of its models.
struct ProviderCheck {
    let name: String
    let spec: ProviderSpec
    let loaded: LoadedSpec
    let hub: ProviderHub
    let lastNote: LastNote

    /// Seconds after which a provider counts as unresponsive; requests are retried until then.
    private static let patience = 8.0

    private var subject: String { "provider '\(name)'" }

    func findings() async -> [DoctorFinding] {
        let missing = Set(ProviderHub.missing(spec, in: loaded.environment, deploys: true)).sorted()
        guard missing.isEmpty else {
            return [
                DoctorFinding(
                    .problem, subject, "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") not set",
                    advice: "set \(missing.count == 1 ? "it" : "them") in the shell or in a .env file next to the spec")
            ]
        }
        if case .emulator(let emulator) = spec { return emulated(emulator) }
        do {
            let hub = hub
            let name = name
            let (models, deployments) = try await ProviderCheck.within(ProviderCheck.patience) {
                let provider = try await hub.provider(name)
                return (try await provider.models.models(), try await provider.hosting?.list())
            }
            var findings = [DoctorFinding(.ok, subject, "responds, and offers \(models.count) models")]
            if let service = spec.service, let plugin = try? builtInProviders.plugin(for: spec) {
                findings += plugin.advice(on: service, in: loaded.environment)
                    .map { DoctorFinding(.warning, subject, $0.problem, advice: $0.advice) }
            }
            findings += check(lifecycle: models, today: Date().timeIntervalSince1970)
            if let deployments {
                findings += check(deployments: deployments.map(\.name))
            } else if !builtInProviders.deploysModels(spec) {
                findings += check(models: Set(models.map(\.id)))
            }
            return findings
        } catch let error as ProviderError {
            return [DoctorFinding(.problem, subject, "\(error)", advice: error.hint ?? "check endpoint and credentials")]
        } catch is ResponseTimeout {
            return [
                DoctorFinding(
                    .problem, subject,
                    "no answer within \(Int(ProviderCheck.patience)) s" + (lastNote.text.map { ": \($0)" } ?? ""),
                    advice: "check the endpoint and the network")
            ]
        } catch let error as ProviderHubError {
            return [DoctorFinding(.problem, subject, error.message, advice: error.hint)]
        } catch {
            return [DoctorFinding(.problem, subject, "\(error)", advice: "check endpoint and credentials")]
        }
    }

    private func emulated(_ emulator: EmulatorSpec) -> [DoctorFinding] {
        let files = [emulator.weights, emulator.classes, emulator.faults].compactMap { $0 } + emulator.inputs
        let gone = files.compactMap { reference -> String? in
            guard case .path(let path)? = try? reference.location(in: loaded.environment) else { return nil }
            return LocalFileSystem().exists(path) ? nil : path
        }
        guard gone.isEmpty else {
            return gone.map {
                DoctorFinding(
                    .problem, subject, "'\($0)' does not exist", advice: "correct the path in the spec, or download the file")
            }
        }
        return [DoctorFinding(.ok, subject, "emulated; a run starts it when needed")]
    }

    private func check(deployments there: [String]) -> [DoctorFinding] {
        var wanted: [(model: String, deployment: String)] = []
        for case (let model, .hosted(let hosted)) in loaded.spec.models where hosted.provider == name {
            for text in [hosted.deployment, hosted.batchDeployment] {
                if let deployment = try? text?.resolved(in: loaded.environment) { wanted.append((model, deployment)) }
            }
        }
        return wanted.map { model, deployment in
            there.contains(deployment)
                ? DoctorFinding(.ok, subject, "deployment '\(deployment)' of '\(model)' is running")
                : DoctorFinding(
                    .problem, subject, "there is no deployment '\(deployment)', which '\(model)' names",
                    advice: nearest(to: deployment, among: there).map { "did you mean '\($0)'?" }
                        ?? "create it, or add 'deploy:' to the model")
        }
    }

    /// Checks the account's own retirement dates for the models that the spec queries and tunes. Listings of API
    /// versions without dates produce no finding.
    private func check(lifecycle listed: [OfferedModel], today: Double) -> [DoctorFinding] {
        guard listed.contains(where: \.hasEndDate) else { return [] }
        return loaded.spec.models.compactMap { name, model -> DoctorFinding? in
            let wanted: (model: String, use: String, end: (OfferedModel) -> Double?)
            switch model {
            case .hosted(let hosted) where hosted.provider == self.name:
                wanted = (hosted.model, "asked", \.availableUntil)
            case .fineTuned(let tuned) where tuned.provider == self.name:
                wanted = (tuned.fineTune.model, "fine-tuned", \.tunableUntil)
            default: return nil
            }
            guard let found = listed.first(where: { $0.id == wanted.model }) else {
                return DoctorFinding(
                    .warning, subject, "its list of models does not contain '\(wanted.model)', which '\(name)' is to use",
                    advice: nearest(to: wanted.model, among: listed.map(\.id)).map { "did you mean '\($0)'?" }
                        ?? "check which models its region offers")
            }
            guard let end = wanted.end(found) else { return nil }
            let day = Date(timeIntervalSince1970: end).formatted(.iso8601.year().month().day())
            return end < today
                ? DoctorFinding(
                    .problem, subject, "'\(wanted.model)' of '\(name)' could be \(wanted.use) until \(day)",
                    advice: "choose a model that is still offered")
                : DoctorFinding(.ok, subject, "'\(wanted.model)' of '\(name)' can be \(wanted.use) until \(day)")
        }
    }

    private func check(models there: Set<String>) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        for case (let model, .hosted(let hosted)) in loaded.spec.models
        where hosted.provider == name && !there.contains(hosted.model) {
            findings.append(
                DoctorFinding(
                    .problem, subject, "it does not offer '\(hosted.model)', which '\(model)' names",
                    advice: nearest(to: hosted.model, among: there.sorted()).map { "did you mean '\($0)'?" }))
        }
        return findings
    }

    private struct ResponseTimeout: Error {}

    private static func within<Value: Sendable>(
        _ seconds: Double, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw ResponseTimeout()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw ResponseTimeout() }
            return value
        }
    }
}
