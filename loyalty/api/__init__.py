"""The HTTP API on Django REST framework: every view translates and calls services and selectors.

`referrals` and hosts may build on `views`, `operations`, `serializers`, `pagination`, `filters`, `permissions`,
`problems` and `throttles`; authentication is the host's choice.
"""
