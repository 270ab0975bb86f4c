// MULT18X18D of the ECP5 for simulation: 18 x 18 bits with its registers on both inputs, after the
// multiplier and on the output, each with its own clock, enable and reset.
// Names and parameters are those that Yosys declares in lattice/cells_bb_ecp5.v.
// What is not modelled gives X: the C operand, and signedness that changes while data is inside.
module MULT18X18D (
    input
        A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0, B17,
        B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0, C17, C16,
        C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0, SIGNEDA, SIGNEDB,
        SOURCEA, SOURCEB, CLK3, CLK2, CLK1, CLK0, CE3, CE2, CE1, CE0, RST3, RST2, RST1, RST0,
        SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7,
        SRIA6, SRIA5, SRIA4, SRIA3, SRIA2, SRIA1, SRIA0, SRIB17, SRIB16, SRIB15, SRIB14, SRIB13,
        SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7, SRIB6, SRIB5, SRIB4, SRIB3, SRIB2, SRIB1,
        SRIB0,
    output
        SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7,
        SROA6, SROA5, SROA4, SROA3, SROA2, SROA1, SROA0, SROB17, SROB16, SROB15, SROB14, SROB13,
        SROB12, SROB11, SROB10, SROB9, SROB8, SROB7, SROB6, SROB5, SROB4, SROB3, SROB2, SROB1,
        SROB0, ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6,
        ROA5, ROA4, ROA3, ROA2, ROA1, ROA0, ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11,
        ROB10, ROB9, ROB8, ROB7, ROB6, ROB5, ROB4, ROB3, ROB2, ROB1, ROB0, ROC17, ROC16, ROC15,
        ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5, ROC4, ROC3, ROC2, ROC1,
        ROC0, P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20,
        P19, P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1,
        P0, SIGNEDP
);
    parameter REG_INPUTA_CLK = "NONE";
    parameter REG_INPUTA_CE = "CE0";
    parameter REG_INPUTA_RST = "RST0";
    parameter REG_INPUTB_CLK = "NONE";
    parameter REG_INPUTB_CE = "CE0";
    parameter REG_INPUTB_RST = "RST0";
    parameter REG_INPUTC_CLK = "NONE";
    parameter REG_INPUTC_CE = "CE0";
    parameter REG_INPUTC_RST = "RST0";
    parameter REG_PIPELINE_CLK = "NONE";
    parameter REG_PIPELINE_CE = "CE0";
    parameter REG_PIPELINE_RST = "RST0";
    parameter REG_OUTPUT_CLK = "NONE";
    parameter REG_OUTPUT_CE = "CE0";
    parameter REG_OUTPUT_RST = "RST0";
    parameter CLK0_DIV = "ENABLED";
    parameter CLK1_DIV = "ENABLED";
    parameter CLK2_DIV = "ENABLED";
    parameter CLK3_DIV = "ENABLED";
    parameter HIGHSPEED_CLK = "NONE";
    parameter GSR = "ENABLED";
    parameter CAS_MATCH_REG = "FALSE";
    parameter SOURCEB_MODE = "B_SHIFT";
    parameter MULT_BYPASS = "DISABLED";
    parameter RESETMODE = "SYNC";

    // Eight letters hold every value, so that texts of different lengths compare.
    function [1:0] index;
        input [63:0] name;
        case (name)
            "CLK1", "CE1", "RST1": index = 2'd1;
            "CLK2", "CE2", "RST2": index = 2'd2;
            "CLK3", "CE3", "RST3": index = 2'd3;
            default: index = 2'd0;
        endcase
    endfunction

    wire [3:0] clk = {CLK3, CLK2, CLK1, CLK0};
    wire [3:0] ce = {CE3, CE2, CE1, CE0};
    wire [3:0] rst = {RST3, RST2, RST1, RST0};
    wire [17:0] direct_a = {
        A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0
    };
    wire [17:0] direct_b = {
        B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0
    };
    wire [17:0] shifted_a = {
        SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7,
        SRIA6, SRIA5, SRIA4, SRIA3, SRIA2, SRIA1, SRIA0
    };
    wire [17:0] shifted_b = {
        SRIB17, SRIB16, SRIB15, SRIB14, SRIB13, SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7,
        SRIB6, SRIB5, SRIB4, SRIB3, SRIB2, SRIB1, SRIB0
    };
    wire [17:0] in_a = SOURCEA ? shifted_a : direct_a;
    wire [17:0] in_b = SOURCEB ? shifted_b : direct_b;
    wire [17:0] a, b;
    wire [35:0] product, p;

    MULT18X18D_reg #(.WIDTH(18), .USED(REG_INPUTA_CLK != "NONE"), .RESETMODE(RESETMODE)) reg_a (
        .clk(clk[index(REG_INPUTA_CLK)]), .ce(ce[index(REG_INPUTA_CE)]),
        .rst(rst[index(REG_INPUTA_RST)]), .d(in_a), .q(a));
    MULT18X18D_reg #(.WIDTH(18), .USED(REG_INPUTB_CLK != "NONE"), .RESETMODE(RESETMODE)) reg_b (
        .clk(clk[index(REG_INPUTB_CLK)]), .ce(ce[index(REG_INPUTB_CE)]),
        .rst(rst[index(REG_INPUTB_RST)]), .d(in_b), .q(b));

    wire signed [18:0] wide_a = {SIGNEDA & a[17], a};
    wire signed [18:0] wide_b = {SIGNEDB & b[17], b};
    wire signed [37:0] exact = wide_a * wide_b;

    MULT18X18D_reg #(.WIDTH(36), .USED(REG_PIPELINE_CLK != "NONE"), .RESETMODE(RESETMODE)) reg_m (
        .clk(clk[index(REG_PIPELINE_CLK)]), .ce(ce[index(REG_PIPELINE_CE)]),
        .rst(rst[index(REG_PIPELINE_RST)]), .d(exact[35:0]), .q(product));
    MULT18X18D_reg #(.WIDTH(36), .USED(REG_OUTPUT_CLK != "NONE"), .RESETMODE(RESETMODE)) reg_p (
        .clk(clk[index(REG_OUTPUT_CLK)]), .ce(ce[index(REG_OUTPUT_CE)]),
        .rst(rst[index(REG_OUTPUT_RST)]), .d(product), .q(p));

    assign {
        P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19,
        P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
    } = (MULT_BYPASS == "DISABLED") ? p : 36'bx;
    assign SIGNEDP = SIGNEDA | SIGNEDB;
    assign {
        SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7,
        SROA6, SROA5, SROA4, SROA3, SROA2, SROA1, SROA0
    } = a;
    assign {
        SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7,
        SROB6, SROB5, SROB4, SROB3, SROB2, SROB1, SROB0
    } = b;
    assign {
        ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5,
        ROA4, ROA3, ROA2, ROA1, ROA0
    } = a;
    assign {
        ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5,
        ROB4, ROB3, ROB2, ROB1, ROB0
    } = b;
    assign {
        ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5,
        ROC4, ROC3, ROC2, ROC1, ROC0
    } = 18'bx;
endmodule

module MULT18X18D_reg #(
    parameter WIDTH = 18,
    parameter USED = 0,
    parameter RESETMODE = "SYNC"
) (
    input clk,
    input ce,
    input rst,
    input [WIDTH-1:0] d,
    output [WIDTH-1:0] q
);
    generate
        if (!USED) begin : through
            assign q = d;
        end else begin : held
            reg [WIDTH-1:0] r;
            initial r = {WIDTH{1'b0}};
            if (RESETMODE == "ASYNC") begin : free
                always @(posedge clk, posedge rst)
                    if (rst) r <= {WIDTH{1'b0}};
                    else if (ce) r <= d;
            end else begin : clocked
                always @(posedge clk)
                    if (rst) r <= {WIDTH{1'b0}};
                    else if (ce) r <= d;
            end
            assign q = r;
        end
    endgenerate
endmodule
