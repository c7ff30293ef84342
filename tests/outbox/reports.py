"""Delivery reports as mail servers write them; people, places and ids are made up.

Postfix gives our envelope id back, Exchange returns the mail in full and Gmail its headers within an HTML letter.
"""

SENDER = "bounces@thornburylane.example"


def _crlf(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode()


def returned(message_id: str, domain: str = "thornburylane.example") -> str:
    return f"""From: Thornbury Lane Provision <attendance@{domain}>
To: commissioning@ashgrove.example
Subject: Attendance notice ref A7C3-K9MP
Message-ID: <{message_id}@{domain}>
Auto-Submitted: auto-generated
"""


def postfix(message_id: str, *, action="failed", status="5.1.1", envelope_id="same") -> bytes:
    envelope = message_id if envelope_id == "same" else envelope_id
    return _crlf(f"""
Return-Path: <>
From: MAILER-DAEMON@mail.thornburylane.example (Mail Delivery System)
To: {SENDER}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4Y1c2m0Xz8z9s1.1793806200/mail.thornburylane.example"

--4Y1c2m0Xz8z9s1.1793806200/mail.thornburylane.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.thornburylane.example.
<commissioning@ashgrove.example>: host mx.ashgrove.example[192.0.2.25] said:
    550 5.1.1 Robin Canary is unknown here (in reply to RCPT TO command)

--4Y1c2m0Xz8z9s1.1793806200/mail.thornburylane.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.thornburylane.example
Original-Envelope-Id: {envelope}
X-Postfix-Queue-ID: 4Y1c2m0Xz8z9s1
Arrival-Date: Wed,  4 Nov 2026 15:30:00 +0000 (GMT)

Final-Recipient: rfc822; commissioning@ashgrove.example
Original-Recipient: rfc822;commissioning@ashgrove.example
Action: {action}
Status: {status}
Remote-MTA: dns; mx.ashgrove.example
Diagnostic-Code: smtp; 550 5.1.1 Robin Canary is unknown here

--4Y1c2m0Xz8z9s1.1793806200/mail.thornburylane.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{returned(message_id)}
--4Y1c2m0Xz8z9s1.1793806200/mail.thornburylane.example--
""")


def exchange(message_id: str) -> bytes:
    return _crlf(f"""
From: <postmaster@ashgrove.example>
To: <{SENDER}>
Subject: Undeliverable: Attendance notice ref A7C3-K9MP
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="1f9f0b0e-8d8e-4a61-9f5c-0d8f5d3e1a2b"
X-MS-Exchange-Message-Is-Ndr:
Auto-Submitted: auto-replied

--1f9f0b0e-8d8e-4a61-9f5c-0d8f5d3e1a2b
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="0c7f4a55-9e37-4b0e-8f0d-4f5f0d9f1c3d"

--0c7f4a55-9e37-4b0e-8f0d-4f5f0d9f1c3d
Content-Type: text/plain; charset="us-ascii"

Your message to commissioning@ashgrove.example couldn't be delivered.

--0c7f4a55-9e37-4b0e-8f0d-4f5f0d9f1c3d
Content-Type: text/html; charset="us-ascii"

<html><body>Your message couldn't be delivered.</body></html>

--0c7f4a55-9e37-4b0e-8f0d-4f5f0d9f1c3d--

--1f9f0b0e-8d8e-4a61-9f5c-0d8f5d3e1a2b
Content-Type: message/delivery-status

Reporting-MTA: dns;CWLP123MB4567.GBRP123.PROD.OUTLOOK.COM
Received-From-MTA: dns;mail.thornburylane.example
Arrival-Date: Wed, 4 Nov 2026 15:31:02 +0000

Final-Recipient: rfc822;commissioning@ashgrove.example
Action: failed
Status: 5.7.129
Diagnostic-Code: smtp;550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized

--1f9f0b0e-8d8e-4a61-9f5c-0d8f5d3e1a2b
Content-Type: message/rfc822

{returned(message_id)}MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b"

--=_b
Content-Type: text/plain; charset="utf-8"

An attendance concern.
--=_b--

--1f9f0b0e-8d8e-4a61-9f5c-0d8f5d3e1a2b--
""")


def gmail(message_id: str) -> bytes:
    return _crlf(f"""
Return-Path: <>
X-Failed-Recipients: commissioning@ashgrove.example
Auto-Submitted: auto-replied
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {SENDER}
Subject: Delivery Status Notification (Failure)
References: <{message_id}@thornburylane.example>
In-Reply-To: <{message_id}@thornburylane.example>
MIME-Version: 1.0
Content-Type: multipart/report; boundary="000000000000a1b2c305f0d4e5f6"; report-type=delivery-status

--000000000000a1b2c305f0d4e5f6
Content-Type: multipart/related; boundary="000000000000a1b2cd05f0d4e5fb"

--000000000000a1b2cd05f0d4e5fb
Content-Type: text/html; charset="UTF-8"

<p>The recipient's inbox is full.</p>

--000000000000a1b2cd05f0d4e5fb--
--000000000000a1b2c305f0d4e5f6
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; attendance@thornburylane.example
Arrival-Date: Wed, 04 Nov 2026 07:30:00 -0800 (PST)
X-Original-Message-ID: <{message_id}@thornburylane.example>

Final-Recipient: rfc822; commissioning@ashgrove.example
Action: failed
Status: 5.2.2
Remote-MTA: dns; aspmx.l.google.com. (2001:db8::1b, the server for the domain.)
Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.
Last-Attempt-Date: Wed, 04 Nov 2026 07:30:01 -0800 (PST)

--000000000000a1b2c305f0d4e5f6
Content-Type: message/rfc822

{returned(message_id)}
----- Message truncated -----

--000000000000a1b2c305f0d4e5f6--
""")


def out_of_office(message_id: str) -> bytes:
    return _crlf(f"""
From: commissioning@ashgrove.example
To: {SENDER}
Subject: Automatic reply: Attendance notice ref A7C3-K9MP
In-Reply-To: <{message_id}@thornburylane.example>
Auto-Submitted: auto-replied
Content-Type: text/plain

I am back on Monday.
""")
