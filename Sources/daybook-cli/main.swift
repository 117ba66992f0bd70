import DaybookCLI
import UserViews
import Users

await DaybookCommand.main(
    Domain(aggregates: [User.self], projections: [UsersProjection(), UserStatisticsProjection()]))
