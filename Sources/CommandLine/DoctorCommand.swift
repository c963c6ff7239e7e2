// `assay doctor`: whether this machine and the providers of a spec are ready, and what to do.

import Application
import ArgumentParser

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check libraries, disk, credentials and deployments, and say what to do.",
        discussion: "With a spec, its providers are asked with its credentials. Nothing is made or paid for.")

    @Argument(help: "The experiment whose providers are tried.", completion: .file(extensions: ["yaml", "yml"]))
    var spec: String?
    @OptionGroup var stateOptions: StateOptions

    func run() async throws {
        try await Reporter.explaining {
            var hasProblem = false
            func report(_ symptoms: [Symptom]) {
                for symptom in symptoms {
                    Terminal.writeLine(symptom.text)
                    if symptom.level == .problem { hasProblem = true }
                }
            }
            report([Symptom(.ok, "assay", Tool.version)])
            report(await Doctor.visionWorker())
            let (disk, mayAsk) = Doctor.disk(spec: spec, state: stateOptions.state)
            report(disk)
            if let spec { report(await Doctor.providers(of: spec, state: stateOptions.state, mayAsk: mayAsk)) }
            if hasProblem {
                Terminal.writeError("error: there are problems; see the lines above that begin with 'problem'")
                throw ExitCode.failure
            }
        }
    }
}
