"""Before the data: may this request run, and as whom (UMA Grant 3.2, 3.5; FedAuthz 4, 5)."""
