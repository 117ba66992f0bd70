import Daybook
import DaybookSQLite
import DaybookService
import DaybookWorker
import UserViews

@main struct UsersWorker {
    static func main() async {
        let outbox = Setting(
            "outbox.path", .string, default: "",
            purpose: "folder for messages to new users, like a maildir; without it none are written")
        await WorkerDaemon.main(
            name: "users-worker", projection: .sqlite(UsersProjection()), httpPort: 8081, settings: [outbox]
        ) { settings in
            guard let outbox = try settings.optionalString("outbox.path") else { return [] }
            return [try WelcomeMessage(outbox: outbox)]
        }
    }
}
