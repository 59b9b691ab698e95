"""The invented ENT as a CAS 3 server: django-cas-server in a process and with settings of its own."""
