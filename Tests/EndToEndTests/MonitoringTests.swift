import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `Alert rules and dashboard` {
    @Test func `name only what daemons report`() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/monitoring")
        let text = try ["alerts.yaml", "dashboard.json"].map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }.joined()
        let named = Set(text.matches(of: /(daybook|http|process)_[a-z_]+/).map { String($0.output.0) })
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            #expect(try await deployment.post("/v1/user/u/create", #"{"email":"a@b.de","name":"A"}"#).status == 200)
            try await deployment.waitUntilCurrent(.users, head: 1)
            let reported =
                try await deployment.get(.writer, "/metrics").text
                + deployment.get(.users, "/metrics").text
            for name in named.sorted() { #expect(reported.contains("\n\(name)"), "\(name)") }
            #expect(named.count > 10)
        }
    }
}
