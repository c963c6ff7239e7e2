// Findings of the doctor that need no network.

import Foundation
import Testing

@testable import Application

@Suite struct DoctorTests {
    @Test func missingStateFolderIsAccepted() throws {
        let project = try Project()
        defer { project.remove() }
        let findings = Doctor.disk(spec: nil, state: project.path(".assay")).findings
        #expect(findings.first?.level == .ok)
        #expect(findings.first?.text.contains("created by the first run") == true)
        #expect(!FileManager.default.fileExists(atPath: project.path(".assay")), "looking made the folder")
    }

    @Test func aSpecWithErrorsIsNamed() async throws {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.write("spec.yaml", "assay: 1\nname: x\nmodel: {}\n")
        let findings = await Doctor.providers(of: spec, state: project.path(".assay"), mayAsk: true)
        #expect(findings.count == 1)
        #expect(findings.first?.level == .problem)
        #expect(findings.first?.text.contains("assay validate \(spec)") == true)
    }

    @Test func variablesThatAreNotSetAreNamedWithTheirProvider() async throws {
        let project = try Project()
        defer { project.remove() }
        let spec = try project.hostedSpec(endpoint: "${ASSAY_TEST_NO_SUCH_ENDPOINT}")
        let findings = await Doctor.providers(of: spec, state: project.path(".assay"), mayAsk: true)
        #expect(findings.map(\.level) == [.ok, .problem])
        #expect(findings.last?.text.contains("provider 'there': ASSAY_TEST_NO_SUCH_ENDPOINT is not set") == true)
    }
}
