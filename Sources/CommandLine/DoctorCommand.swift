// `assay doctor`: checks whether this machine and a spec's providers are ready, and advises what to do.

import Application
import ArgumentParser
import Basics

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check libraries, disk, credentials and deployments, and suggest what to do.",
        discussion: "With a spec, requests that cost nothing check its providers and credentials.")

    @Argument(help: "The experiment whose providers are checked.", completion: .file(extensions: ["yaml", "yml"]))
    var spec: String?
    @Flag(
        help: "Also run the spec's trainers on a few generated pictures: two epochs and a prediction. Starts their programs.")
    var trainers = false
    @OptionGroup var stateOptions: StateOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            var all: [DoctorFinding] = []
            func report(_ findings: [DoctorFinding]) {
                all += findings
                if !json { for finding in findings { Terminal.writeLine(finding.text) } }
            }
            report([DoctorFinding(.ok, "assay", Tool.version)])
            report(Doctor.transport())
            report(await Doctor.visionWorker())
            let (disk, mayAsk) = Doctor.disk(spec: spec, state: stateOptions.state)
            report(disk)
            if let spec { report(await Doctor.providers(of: spec, state: stateOptions.state, mayAsk: mayAsk)) }
            if trainers {
                guard let spec else { throw Refusal("--trainers needs a spec", code: .invalid) }
                report(await Doctor.trainers(of: spec))
            }
            if json {
                Terminal.writeJSON([
                    "findings": .array(
                        all.map { finding in
                            [
                                "level": .string(finding.level.rawValue), "subject": .string(finding.subject),
                                "finding": .string(finding.finding), "advice": finding.advice.map { .string($0) } ?? .null,
                            ]
                        })
                ])
            }
            if all.contains(where: { $0.level == .problem }) {
                Terminal.writeError("error: problems were found" + (json ? "" : "; see the lines that begin with 'problem'"))
                throw ExitCode.failure
            }
        }
    }
}
