from functools import partial

from django.db import migrations

import config.base.ids


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="stripeaccount",
            name="public_id",
            field=config.base.ids.PublicIdField(
                default=partial(config.base.ids.public_id, "account"), prefix="account"
            ),
            preserve_default=False,
        ),
    ]
