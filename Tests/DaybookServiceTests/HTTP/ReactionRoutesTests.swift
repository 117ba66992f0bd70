import DaybookService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWorker

@Suite struct `The routes of a reaction` {
    @Test(arguments: [
        (HTTPRequest.Method.post, "rebuild"), (.get, "rebuild"), (.post, "rollback"), (.post, "promote"),
        (.post, "cancel"), (.post, "drop"), (.post, "compare"), (.get, "compare"), (.get, "query"),
    ])
    func `say that it is one where only a projection can do that`(method: HTTPRequest.Method, path: String) async throws
    {
        let settings = try HTTPSettings(host: "127.0.0.1", port: 0, token: nil)
        let router = daemonRouter(settings: settings, registry: PrometheusRegistry(), checks: [])
        ReactionRoutes(name: "welcome-message").add(to: router)
        try await Application(router: router).test(.router) { client in
            let uri = "/v1/projections/welcome-message/\(path)"
            let response = try await client.execute(uri: uri, method: method)
            #expect(response.status == .conflict && response.text.contains("is-a-reaction"))
            #expect(response.text.contains("remove welcome-message.sqlite"))
        }
    }
}
