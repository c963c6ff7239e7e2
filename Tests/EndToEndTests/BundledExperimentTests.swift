// Experiments that come with the program, by their names.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"))
struct BundledExperimentTests {
    @Test func `a bundled experiment is found by its name, and keeps its state in the user's folder`() throws {
        let project = try TestProject()
        let plan = try project.assay("plan", "quickstart")
        #expect(plan.status == 0 && plan.output.contains("fine-tune:tuned"), "\(plan.errors)\n\(plan.output)")
        // A file of that name in the current folder is meant instead.
        try project.write("quickstart", "assay: 1\nname: own\ncommands: { own: { run: 'true' } }\n")
        let own = try project.assay("plan", "quickstart")
        #expect(own.status == 0 && own.output.contains("run-command:own"), "\(own.errors)\n\(own.output)")
    }

    @Test(arguments: ["no-such-experiment", "../quickstart", "quick start", "stanford-dogs.labels"])
    func `another name is a file that is not there`(name: String) throws {
        let plan = try TestProject().assay("plan", name)
        #expect(plan.status != 0 && plan.errors.contains("no such file"), "\(plan.errors)\n\(plan.output)")
    }
}
